//! `[[check]]`: an assertion, or one word of the validation vocabulary over fields of a record.

use super::value::constant;
use super::{Constant, Else};
use crate::diagnostic::Code;
use crate::spec::walk::{Spot, Table, Value};
use toml::de::DeValue;

/// A check.
#[derive(Clone, Debug)]
pub struct CheckSpec {
    /// Its name; with the vocabulary a plain text where none is given.
    pub name: Spot<String>,
    /// Source or record.
    pub on: Spot<String>,
    /// What must hold.
    pub test: CheckTest,
    /// `by`: the assertion must hold for each value of these.
    pub by: Option<Spot<Vec<Spot<String>>>>,
    /// What happens when it does not.
    pub otherwise: Else,
}

/// What a check asks for.
#[derive(Clone, Debug)]
pub enum CheckTest {
    /// `assert`: an expression that must hold.
    Assert(Spot<String>),
    /// A word of the vocabulary, over these fields.
    Fields(Vec<Spot<String>>, FieldTest),
}

/// The validation vocabulary.
#[derive(Clone, Debug)]
pub enum FieldTest {
    /// `is`: what the value must be.
    Is(Spot<&'static Kind>),
    /// `pattern`: RE2 for the whole text.
    Pattern(Spot<String>),
    /// `range`: inclusive; one side may be open.
    Range(Spot<Range>),
    /// `one_of`: the values allowed.
    OneOf(Vec<Spot<Constant>>),
    /// `unique`: no other record has the same.
    Unique(Spot<bool>),
    /// `exists_in`: a lookup, or `record.field`.
    ExistsIn(Spot<String>),
    /// `required_if`: not empty where the expression holds.
    RequiredIf(Spot<String>),
}

/// The bounds of a `range`.
#[derive(Clone, Debug)]
pub struct Range {
    /// The least value.
    pub min: Option<Spot<Constant>>,
    /// The greatest value.
    pub max: Option<Spot<Constant>>,
}

/// A word after `is`.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The word.
    pub word: &'static str,
    /// The function of the language that tests it.
    pub function: &'static str,
    /// What it is, with its article, for messages.
    pub what: &'static str,
}

/// The words after `is`.
pub const KINDS: &[Kind] = &[
    Kind { word: "email", function: "is_email", what: "an e-mail address" },
    Kind { word: "iban", function: "is_iban", what: "an IBAN" },
    Kind { word: "bic", function: "is_bic", what: "a BIC" },
    Kind { word: "vat", function: "is_vat", what: "a VAT number" },
    Kind { word: "lei", function: "is_lei", what: "a LEI" },
    Kind { word: "currency", function: "is_currency", what: "a currency code (ISO 4217)" },
    Kind { word: "country", function: "is_country", what: "a country code (ISO 3166-1, two letters)" },
    Kind { word: "url", function: "is_url", what: "a web address" },
    Kind { word: "uuid", function: "is_uuid", what: "a UUID" },
];

const WORDS: [&str; 8] = ["assert", "is", "pattern", "range", "one_of", "unique", "exists_in", "required_if"];

/// Reads one `[[check]]`; `None` when a part is missing or wrong (noted).
pub(super) fn check(t: &Table<'_>) -> Option<CheckSpec> {
    let words = [("stop", Else::Stop), ("reject", Else::Reject), ("warn", Else::Warn)];
    let on = t.need_text("on");
    let otherwise = t.one_of("else", &words).map(|e| e.value).unwrap_or_default();
    let by = t.get("by").and_then(|v| by(&v));
    let name = t.text("name");
    let given: Vec<&str> = WORDS.into_iter().filter(|w| t.has(w)).collect();
    let fields = t.texts("field");
    let test = match given.as_slice() {
        [] => {
            let message = format!("the check{} says nothing that must hold", named(name.as_ref()));
            let help = "Give `assert = '…'`, or a `field` with one of is, pattern, range, one_of, unique, exists_in, required_if.";
            t.error(Code::CHECK_TEST, message, Some(help.to_owned()));
            None
        }
        ["assert"] => assertion(t, fields.is_some(), name.is_some()),
        [word] => field_test(t, word, fields),
        [first, second, ..] => {
            let message = format!("one check says both `{first}` and `{second}`");
            let at = t.get(if *second == "is" { "is" } else { find(second) }).map(|v| v.key_span().clone());
            let help = "Write a [[check]] for each.".to_owned();
            t.walk().error(Code::CHECK_TEST, &at.unwrap_or_else(|| t.span().clone()), message, Some(help));
            None
        }
    };
    t.done();
    let (on, test) = (on?, test?);
    let name = name.or_else(|| default_name(&test).map(|n| Spot::new(n, t.span().clone())))?;
    Some(CheckSpec { name, on, test, by, otherwise })
}

fn find(word: &str) -> &'static str {
    WORDS.into_iter().find(|w| *w == word).unwrap_or("assert")
}

fn named(name: Option<&Spot<String>>) -> String {
    name.map_or_else(String::new, |n| format!(" \"{}\"", n.value))
}

/// `by`: a column or field, a list of them, or `[]`.
fn by(v: &Value<'_>) -> Option<Spot<Vec<Spot<String>>>> {
    Some(Spot::new(v.texts()?, v.span()))
}

fn assertion(t: &Table<'_>, fields: bool, name: bool) -> Option<CheckTest> {
    if fields {
        let help = "Without it the expression says which: `out.` and a field.".to_owned();
        let at = t.get("field").map_or_else(|| t.span().clone(), |v| v.key_span().clone());
        t.walk().error(Code::CHECK_TEST, &at, "`field` does not go with `assert`", Some(help));
    }
    if !name {
        t.need_text("name");
    }
    t.text("assert").map(CheckTest::Assert)
}

fn field_test(t: &Table<'_>, word: &str, fields: Option<Vec<Spot<String>>>) -> Option<CheckTest> {
    let fields = fields.filter(|f| !f.is_empty());
    if fields.is_none() && !t.has("field") {
        let message = format!("`{word}` is about a field, and this check names none");
        let help = "Add `field = \"…\"`, or a list of fields.".to_owned();
        t.error(Code::CHECK_TEST, message, Some(help));
    } else if fields.is_none() {
        t.get("field").and_then(|v| v.wrong::<()>("the name of a field, or a list of names"));
    }
    let test = match word {
        "is" => is(&t.get("is")?),
        "pattern" => t.text("pattern").map(FieldTest::Pattern),
        "range" => range(&t.get("range")?).map(FieldTest::Range),
        "one_of" => one_of(&t.get("one_of")?),
        "unique" => unique(&t.get("unique")?),
        "exists_in" => t.text("exists_in").map(FieldTest::ExistsIn),
        _ => t.text("required_if").map(FieldTest::RequiredIf),
    };
    Some(CheckTest::Fields(fields?, test?))
}

fn is(v: &Value<'_>) -> Option<FieldTest> {
    let words: Vec<(&str, &'static Kind)> = KINDS.iter().map(|k| (k.word, k)).collect();
    v.one_of(&words).map(FieldTest::Is)
}

fn unique(v: &Value<'_>) -> Option<FieldTest> {
    let yes = v.boolean()?;
    if !yes.value {
        let help = "Leave the check out instead.".to_owned();
        v.error(Code::CHECK_TEST, "`unique = false` checks nothing", Some(help));
        return None;
    }
    Some(FieldTest::Unique(yes))
}

fn one_of(v: &Value<'_>) -> Option<FieldTest> {
    let items: Vec<Spot<Constant>> = v.list()?.iter().filter_map(constant).collect();
    if items.is_empty() {
        return v.wrong("a list of the values allowed, such as [\"A\", \"B\"]");
    }
    Some(FieldTest::OneOf(items))
}

/// `[least, greatest]`, or a table with `min`, `max` or both.
fn range(v: &Value<'_>) -> Option<Spot<Range>> {
    let wanted = "[least, greatest] or { min = … } or { max = … }";
    let made = match v.raw() {
        DeValue::Array(_) => match v.list()?.as_slice() {
            [min, max] => Range { min: Some(constant(min)?), max: Some(constant(max)?) },
            _ => return v.wrong(wanted),
        },
        DeValue::Table(_) => {
            let table = v.table()?;
            let bound = |key: &'static str| table.get(key).and_then(|b| constant(&b));
            let made = Range { min: bound("min"), max: bound("max") };
            table.done();
            made
        }
        _ => return v.wrong(wanted),
    };
    if made.min.is_none() && made.max.is_none() {
        return v.wrong(wanted);
    }
    Some(Spot::new(made, v.span()))
}

/// What the check is called when it is not named.
fn default_name(test: &CheckTest) -> Option<String> {
    let CheckTest::Fields(fields, test) = test else { return None };
    let names: Vec<&str> = fields.iter().map(|f| f.value.as_str()).collect();
    Some(format!("{} {}", names.join(", "), test.words()))
}

impl FieldTest {
    /// What it asks for, as the end of a sentence that begins with the field: `is between 0 and 100`.
    pub fn words(&self) -> String {
        match self {
            FieldTest::Is(kind) => format!("is {}", kind.value.what),
            FieldTest::Pattern(p) => format!("has the form {}", p.value),
            FieldTest::Range(r) => format!("is {}", r.value.words()),
            FieldTest::OneOf(items) => {
                let items: Vec<String> = items.iter().map(|i| i.value.text()).collect();
                format!("is one of {}", items.join(", "))
            }
            FieldTest::Unique(_) => "is unique".to_owned(),
            FieldTest::ExistsIn(place) => format!("exists in {}", place.value),
            FieldTest::RequiredIf(when) => format!("is not empty where {}", when.value.trim()),
        }
    }
}

impl Range {
    /// `between 0 and 100`, `at least 0`, `at most 100`.
    pub fn words(&self) -> String {
        let text = |c: &Spot<Constant>| c.value.text();
        match (&self.min, &self.max) {
            (Some(min), Some(max)) => format!("between {} and {}", text(min), text(max)),
            (Some(min), None) => format!("at least {}", text(min)),
            (None, Some(max)) => format!("at most {}", text(max)),
            (None, None) => "anything".to_owned(),
        }
    }
}

impl Constant {
    /// As written, without quotes.
    pub fn text(&self) -> String {
        match self {
            Constant::Text(t) | Constant::Number(t) | Constant::Date(t) => t.clone(),
            Constant::Flag(f) => f.to_string(),
        }
    }
}
