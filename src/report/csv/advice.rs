//! What whoever keeps the data can do about a refusal, a sentence a code. The pages under `docs/errors` are for the author
//! of the mapping; a list of refusals goes to people who know the ERP alone.

use crate::diagnostic::Code;
use crate::report::whole::Reason;

/// What would be right, or what to do.
pub(super) fn of(reason: &Reason) -> &'static str {
    let known = SENTENCES.iter().find(|(code, _)| reason.code.as_deref() == Some(code.0));
    match known {
        Some((_, sentence)) => sentence,
        None if reason.status == "held" => HELD,
        None => "Correct the value in the ERP and export again.",
    }
}

const HELD: &str = "Nothing to correct here: it is sent as soon as the record it depends on is in order.";
const ORDER: &str = "Correct the row in the ERP so that the rule holds, or have the rule changed.";

const SENTENCES: &[(Code, &str)] = &[
    (Code::NUMBER_TOO_LARGE, "A number of at most 18 digits before the point and 10 after it."),
    (Code::DIVISION_BY_ZERO, "A value other than zero in the cell that something is divided by."),
    (Code::GROUP_DIFFERS, "The same value in all rows that make up this record."),
    (Code::NOT_A_NUMBER, "A number, written as in the rest of the column, without words or a currency."),
    (Code::NOT_A_DATE, "A day that exists, written as in the rest of the column."),
    (Code::NOT_A_FLAG, "One of the two words that the column has for yes and no."),
    (Code::SEVERAL_NODES, "The element once, or a rule that says which of them counts."),
    (Code::ERROR_CELL, "A value: correct the formula that ends in an error."),
    (Code::LOOKUP_MISS, "A value of the list, or a new line in the list for this one."),
    (
        Code::DOES_NOT_FIT,
        "A value of the field's type: as many decimals as it has, or a whole number, date or flag.",
    ),
    (Code::TOO_LONG, "A shorter text; the limit stands in the reason."),
    (Code::NOT_IN_ENUM, "One of the values the platform knows; they stand in the reason."),
    (Code::PATTERN, "A text of the form that the reason names."),
    (Code::REQUIRED, "A value: the field may not be empty."),
    (Code::DUPLICATE_KEY, "A key of its own: two records have this one. Remove or renumber one of them."),
    (Code::NO_SUCH_RECORD, "The key of a record that exists, or that record in the export, too."),
    (Code::HELD_REFERENCE, HELD),
    (Code::ORPHAN, "The header this line belongs to, in the same export."),
    (Code::CHECK_FAILED, ORDER),
    (Code::UNIT, HELD),
    (Code::OTHER_OWNER, "A key that no other mapping has sent."),
    (Code::LINE_MISSING, "The line back in the export; the platform cannot be told that it is gone."),
    (Code::LOOKUP_DUPLICATE, "One answer for each key of the list."),
    (Code::NOT_OF_KIND, "A value whose check digit and form are right; compare it with the document."),
    (Code::NOT_OF_FORM, "A text of the form that the reason names."),
    (Code::NOT_IN_RANGE, "A value between the bounds that the reason names."),
    (Code::NOT_LISTED, "One of the values that the reason names."),
    (Code::NOT_UNIQUE, "A value of its own: another record has it."),
    (Code::NOT_FOUND, "A value that exists in the list that the reason names."),
    (Code::REQUIRED_THEN, "A value: the field may not be empty in this case."),
    (Code::GROUP_CHECK, ORDER),
    (Code::SECOND_SINGLE, "One row only: there can be one such record."),
    (Code::NO_SUCH_TIME, "A time that exists: the clocks were put forward over this one."),
    (Code::NOT_SHOWN, "A plain number format in the spreadsheet's cell."),
];
