//! The statement of a source made by sql: its placeholders, and the statements around it.
//!
//! `{items}` is a relation, `num("Betrag")`, `date("Datum")` and `flag("Aktiv")` over a column of one are readings of its
//! cells. Both become quoted names that nothing else can have: the relation is called `{items}`, the reading `num(Betrag)`.

mod lexer;
mod statements;

pub use lexer::{Placeholder, placeholders};
pub use statements::{
    cells, create_input, describe, fetch, first_bad, input_view, make_result, result_columns, tree,
};

use super::ident;
use std::ops::Range;

/// The three readers beside text.
pub const READERS: [&str; 3] = ["num", "date", "flag"];

/// Name of a relation inside the statement's database.
pub fn relation(source: &str) -> String {
    format!("{{{source}}}")
}

/// Name of the column that holds a reading.
pub fn reading(reader: &str, column: &str) -> String {
    format!("{reader}({column})")
}

/// A statement with its placeholders written out, and where each piece of it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The statement.
    pub sql: String,
    /// `(start here, start there, replaced length there)`, in order.
    pieces: Vec<(usize, usize, Option<usize>)>,
}

impl Written {
    /// The place in the statement as the user wrote it of a byte of the statement written out.
    pub fn origin(&self, at: usize) -> usize {
        let piece = self.pieces.iter().rev().find(|(here, ..)| *here <= at);
        match piece {
            Some((_, there, Some(_))) => *there,
            Some((here, there, None)) => there + (at - here),
            None => at,
        }
    }
}

/// Writes the placeholders out. `known` says whether a reading is one of ours; others stay as they are.
pub fn write(text: &str, found: &[Placeholder], known: impl Fn(&str, &str) -> bool) -> Written {
    let (mut sql, mut pieces, mut done) = (String::new(), Vec::new(), 0);
    for one in found {
        let (at, new): (&Range<usize>, String) = match one {
            Placeholder::Relation { name, at } => (at, ident(&relation(name))),
            Placeholder::Reading { reader, prefix, column, at } if known(reader, column) => {
                (at, format!("{prefix}{}", ident(&reading(reader, column))))
            }
            Placeholder::Reading { .. } => continue,
        };
        pieces.push((sql.len(), done, None));
        sql.push_str(text.get(done..at.start).unwrap_or_default());
        pieces.push((sql.len(), at.start, Some(at.len())));
        sql.push_str(&new);
        done = at.end;
    }
    pieces.push((sql.len(), done, None));
    sql.push_str(text.get(done..).unwrap_or_default());
    Written { sql, pieces }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        write(text, &placeholders(text), |_, c| c != "other").sql
    }

    #[test]
    fn placeholders_stand_outside_of_texts_and_comments() {
        for (text, expected) in [
            ("select * from {items}", r#"select * from "{items}""#),
            ("from { a b } x", r#"from "{a b}" x"#),
            (r#"from {a"b}"#, r#"from "{a""b}""#),
            (
                "select '{items}', \"{items}\" -- {items}\n/* {items} */",
                "select '{items}', \"{items}\" -- {items}\n/* {items} */",
            ),
            ("select $x${items}$x$", "select $x${items}$x$"),
            ("select {'a': 1}, {a: 1}", "select {'a': 1}, {a: 1}"),
            (r#"sum(num( i."Betrag / Brutto" ))"#, r#"sum(i."num(Betrag / Brutto)")"#),
            ("num(betrag) + num(other)", r#""num(betrag)" + num(other)"#),
            (r#"DATE("a""b")"#, r#""date(a""b)""#),
            ("date '2026-01-01'", "date '2026-01-01'"),
            ("renum(x), num(x + 1)", "renum(x), num(x + 1)"),
        ] {
            assert_eq!(written(text), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "select num(a), x from {items} where y";
        let written = write(text, &placeholders(text), |_, _| true);
        for word in ["x", "where", "y"] {
            let at = written.sql.rfind(word).unwrap();
            assert_eq!(written.origin(at), text.rfind(word).unwrap(), "{word}");
        }
        assert_eq!(written.origin(written.sql.find("(a)").unwrap()), text.find("num").unwrap());
    }
}
