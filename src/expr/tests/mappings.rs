//! The expressions of the example mappings compile and run wholly as SQL.

use crate::expr::compiled::{Lowered, Type};
use crate::expr::scope::{ColumnArg, Grouping, Reader, Refusal, Scope};
use crate::expr::{compile, install};
use crate::sql::Expr;

/// A scope that knows every column and property.
struct Anything(Grouping);

impl Scope for Anything {
    fn grouping(&self) -> Grouping {
        self.0
    }
    fn read(&self, reader: Reader, column: &ColumnArg) -> Result<Lowered, Refusal> {
        let ty = match reader {
            Reader::Text => Type::Text,
            Reader::Num => Type::Number,
            Reader::Date => Type::Date,
            Reader::Flag => Type::Flag,
        };
        Ok(Lowered::sure(ty, Expr::text(&format!("{column:?}")).try_cast(ty.sql())))
    }
    fn name(&self, _: &str) -> Result<Lowered, Refusal> {
        Ok(Lowered::sure(Type::Number, Expr::number("-1")))
    }
    fn property(&self, _: &str, property: &str) -> Result<Lowered, Refusal> {
        let ty = match property {
            p if p.ends_with("Date") => Type::Date,
            p if p.to_lowercase().ends_with("amount") || p.starts_with("base") => Type::Number,
            _ => Type::Text,
        };
        Ok(Lowered::sure(ty, Expr::null(ty.sql())))
    }
    fn total(&self, _: &ColumnArg) -> Result<Lowered, Refusal> {
        Ok(Lowered::sure(Type::Number, Expr::number("1")))
    }
    fn child(&self, object: &str) -> bool {
        object == "line"
    }
}

const ROWS: &[&str] = &[
    "num(\"unappliedAmount\") != 0",
    "row.sheet",
    "text(\"Status\") == \"Active\"",
    "trim(re_replace(text(\"Adresse\"), `^StreetAddress: (?:(\\d+) )?(.+?), [^,]+ \\d{4}, [A-Z]{2}$`, `$2 $1`))",
    "blank(text(\"Organisasjonsnr.\"))",
    "join(\" \", text(\"Address[AddressType=StreetAddress]/StreetName\"), text(\"Address[AddressType=StreetAddress]/Number\"))",
    "if starts_with(text(\"StandardAccountID\"), \"19\") { \"cash\" } else { \"operation\" }",
    "   out.sourcePostingDate >= month_start(num(\"/A/PeriodStartYear\"), num(\"/A/PeriodStart\"))\n&& out.sourcePostingDate <= month_end(num(\"/A/PeriodEndYear\"), num(\"/A/PeriodEnd\"))\n",
    "`${text(\"PeriodYear\")}-${text(\"TransactionID\")}`",
    "`${parent.erpKey}/${text(\"RecordID\")}`",
    "out.currencyCode == \"USD\"",
    "out.unappliedAmount >= 0 && out.unappliedAmount <= out.paymentAmount",
    "starts_with(text(1), \"Summe\")",
    "if text(\"Beleg / Art\") == \"GU\" { -1 } else { 1 }",
    "text(\"Beleg / Art\") in [\"RE\", \"GU\"]",
    "format(out.invoiceDate, \"yyyy-mm\") == extract(row.file, `(\\d{4}-\\d{2})`)",
    "if sign < 0 { \"AR Credit Memo\" } else { \"AR Invoice\" }",
    "sign * num(\"Pos / Brutto\")",
];
const GROUPS: &[&str] = &[
    "sign * sum(num(\"Pos / Brutto\"))",
    "sum(num(\"Pos / Brutto\")) == total(\"Pos / Brutto\")",
    "sum(num(\"DebitAmount/Amount\")) == num(\"/AuditFile/GeneralLedgerEntries/TotalDebit\")",
    "count() == num(\"/AuditFile/GeneralLedgerEntries/NumberOfEntries\")",
];
const RECORDS: &[&str] =
    &["sum(line.totalAmount) == out.totalAmount", "sum(line.baseDebit) == sum(line.baseCredit)"];

#[test]
fn mapping_expressions_are_sql() {
    let db = super::db();
    install(&db).unwrap();
    for (grouping, texts) in [(Grouping::Rows, ROWS), (Grouping::Group, GROUPS), (Grouping::Record, RECORDS)]
    {
        for text in texts {
            let compiled =
                compile(text, &Anything(grouping), "a").unwrap_or_else(|m| panic!("{text}: {m:#?}"));
            assert_eq!(compiled.fallback, None, "{text}");
            if grouping == Grouping::Rows {
                let when = Expr::any(compiled.result.fails.iter().map(|f| f.when.clone()));
                db.run(&format!("SELECT {}, {when}", compiled.result.value)).unwrap();
            }
        }
    }
}
