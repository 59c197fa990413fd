//! Tests of the language as a whole: each expression runs as SQL and in the fallback runner, and both must agree.

mod functions;
mod groups;
mod habits;
mod hostile;
mod mappings;
mod mistakes;
mod oracle;
mod random;
mod rules;
mod rules_oracle;
mod soup;
mod speed;

use super::compiled::{Compiled, Fail, Lowered, Mistake, Type};
use super::lower::as_text;
use super::scope::{ColumnArg, Grouping, Reader, Refusal, Scope};
use super::{compile, compile_for_fallback, install, register};
use crate::db::{Db, Limits};
use crate::diagnostic::Code;
use crate::sql::Expr;

/// Columns: `T`, `U` text, `N`, `M` numbers, `D`, `E` dates, `S` datetime, `F`, `G` flags, `X` a number that may
/// have failed. In the table they are called the same in small letters, and `bad` says whether X failed.
pub struct Columns(pub Grouping);

impl Columns {
    fn refuse<T>(name: &str) -> Result<T, Refusal> {
        Err(Refusal { message: format!("nothing is called `{name}`"), help: None })
    }
}

impl Scope for Columns {
    fn grouping(&self) -> Grouping {
        self.0
    }

    fn read(&self, reader: Reader, column: &ColumnArg) -> Result<Lowered, Refusal> {
        let ColumnArg::Name(name) = column else { return Self::refuse("a position") };
        let value = Expr::col(&name.to_lowercase());
        let ty = match (reader, name.as_str()) {
            (Reader::Text, "T" | "U") => Type::Text,
            (Reader::Num, "N" | "M" | "X") => Type::Number,
            (Reader::Date, "D" | "E") => Type::Date,
            (Reader::Date, "S") => Type::DateTime,
            (Reader::Flag, "F" | "G") => Type::Flag,
            _ => return Self::refuse(name),
        };
        let mut lowered = Lowered::sure(ty, value);
        if name == "X" {
            lowered.fails.push(Fail {
                when: Expr::col("bad").or_else(Expr::flag(false)),
                code: Code::OUT_OF_RANGE,
                reason: Expr::text("is not a number"),
                value: None,
                column: Some("c1".to_owned()),
            });
        }
        Ok(lowered)
    }

    fn name(&self, name: &str) -> Result<Lowered, Refusal> {
        if name == "sign" { Ok(Lowered::sure(Type::Number, Expr::col("sign"))) } else { Self::refuse(name) }
    }

    fn property(&self, object: &str, property: &str) -> Result<Lowered, Refusal> {
        match (object, property) {
            ("env", "rate") => Ok(Lowered::sure(Type::Number, Expr::number("2"))),
            ("out" | "line", "amount") => Ok(Lowered::sure(Type::Number, Expr::col("n"))),
            ("row", "file") => Ok(Lowered::sure(Type::Text, Expr::col("t"))),
            _ => Self::refuse(object),
        }
    }

    fn total(&self, _: &ColumnArg) -> Result<Lowered, Refusal> {
        Ok(Lowered::sure(Type::Number, Expr::number("7")))
    }

    fn child(&self, object: &str) -> bool {
        object == "line"
    }
}

/// A database with the table `t` of one row of typical values.
pub fn db() -> Db {
    db_with(2)
}

/// The same with that many threads.
fn db_with(threads: usize) -> Db {
    let limits = Limits { memory_mib: 500, threads, spill: None, folders: Vec::new() };
    let db = Db::in_memory(&limits).unwrap();
    install(&db).unwrap();
    db.run(
        "CREATE TABLE t (k INT, t VARCHAR, u VARCHAR, n DECIMAL(28,10), m DECIMAL(28,10), d DATE, e DATE,
           s TIMESTAMP, f BOOLEAN, g BOOLEAN, x DECIMAL(28,10), bad BOOLEAN);
         INSERT INTO t VALUES (1, 'Ab-7', NULL, 12.5, NULL, '2026-02-28', NULL, '2026-02-28 10:30:00.5', true, NULL, NULL, true)",
    )
    .unwrap();
    db
}

/// Value and first failure of a compiled expression, per row of `t`, in order.
pub fn results(db: &Db, compiled: &Compiled) -> Vec<String> {
    register(db, compiled).unwrap();
    let text = as_text(compiled.result.value.clone(), compiled.result.ty);
    let branch = |f: &Fail| (f.when.clone(), Expr::text(&format!("!{} ", f.code)).op("||", f.reason.clone()));
    let failed = Expr::case(compiled.result.fails.iter().map(branch), Expr::null("VARCHAR"));
    let shown = Expr::call("coalesce", [failed, text, Expr::text("()")]);
    db.rows(&format!("SELECT {shown} FROM t ORDER BY k"), [], |row| row.get::<_, String>(0)).unwrap()
}

/// An expression over the rows of `t`, run both ways.
pub fn both(db: &Db, text: &str) -> Vec<String> {
    let scope = Columns(Grouping::Rows);
    let sql = results(db, &compile(text, &scope, "a").unwrap_or_else(|m| panic!("{text}: {m:#?}")));
    let rhai = results(db, &compile_for_fallback(text, &scope, "a").unwrap());
    assert_eq!(sql, rhai, "SQL and fallback differ in {text}");
    sql
}

/// The mistakes of an expression, each as `code start..end message | help`.
pub fn mistakes(text: &str, grouping: Grouping) -> Vec<String> {
    let shown = |m: Mistake| {
        let part = text.get(m.span.clone()).unwrap_or("?").to_owned();
        format!("{} «{part}» {}{}", m.code, m.message, m.help.map_or(String::new(), |h| format!(" | {h}")))
    };
    compile(text, &Columns(grouping), "a").err().unwrap_or_default().into_iter().map(shown).collect()
}
