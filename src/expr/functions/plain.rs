//! Functions that make a text plain: without doubled spaces, without letters that other systems do not know.

use super::{Function, Param, arg, sql};
use crate::expr::value::Value;
use crate::sql::{Expr, read::SPACES};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use unicode_normalization::UnicodeNormalization;

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "single_spaces",
        signature: "single_spaces(text)",
        doc: "The text trimmed, with each run of white space inside it (line breaks and no-break spaces too) as one space.",
        about: &["the text"],
        examples: &[("single_spaces(\" Acme \\n  AS \")", "Acme AS"), ("single_spaces(\" \")", "()")],
        sql: Some(|a| {
            let runs: String = SPACES.chars().map(|c| format!("\\x{{{:x}}}", c as u32)).collect();
            let args = [sql(a, 0), Expr::text(&format!("[{runs}]+")), Expr::text(" "), Expr::text("g")];
            let single = Expr::call("regexp_replace", args);
            Expr::call("trim", [single]).empty_is_null()
        }),
        run: |v| Ok(Value::text(arg(v, 0).str().split_whitespace().collect::<Vec<_>>().join(" "))),
        ..Function::BASE
    },
    Function {
        name: "digits",
        signature: "digits(text)",
        doc: "Only the digits 0 to 9 of a text, as a text, so that leading zeros stay.",
        about: &["the text"],
        examples: &[("digits(\"NO 0912 345 MVA\")", "0912345"), ("digits(\"none\")", "()")],
        sql: Some(|a| {
            let args = [sql(a, 0), Expr::text("[^0-9]"), Expr::text(""), Expr::text("g")];
            Expr::call("regexp_replace", args).empty_is_null()
        }),
        run: |v| Ok(Value::text(arg(v, 0).str().chars().filter(char::is_ascii_digit).collect::<String>())),
        ..Function::BASE
    },
    Function {
        name: "ascii",
        signature: "ascii(text)",
        doc: "The text with Latin letters as plain ones: ä, æ → ae, ö, ø → oe, ü → ue, å → aa, ß → ss, é → e, ł → l; \
              typographic quotes and dashes as plain ones. Letters of other scripts stay.",
        about: &["the text"],
        examples: &[
            ("ascii(\"Müller & Søn\")", "Mueller & Soen"),
            ("ascii(\"Straße – Århus\")", "Strasse - Aarhus"),
            ("ascii(\"Café Łódź\")", "Cafe Lodz"),
        ],
        params: &[Param::Text],
        sql: Some(|a| {
            let text = sql(a, 0);
            // Bytes and characters are as many where there is nothing to fold, which is most rows.
            let plain = Expr::call("strlen", [text.clone()]).eq(Expr::call("length", [text.clone()]));
            Expr::case([(plain, text.clone())], folded_sql(text))
        }),
        run: |v| {
            let one = |c: char| folds().get(&c).cloned().unwrap_or_else(|| c.to_string());
            Ok(Value::text(arg(v, 0).str().chars().map(one).collect::<String>()))
        },
        ..Function::BASE
    },
];

/// Characters that become something else than their base letter.
const OWN: &[(char, &str)] = &[
    ('ä', "ae"),
    ('Ä', "Ae"),
    ('ö', "oe"),
    ('Ö', "Oe"),
    ('ü', "ue"),
    ('Ü', "Ue"),
    ('ß', "ss"),
    ('ẞ', "SS"),
    ('æ', "ae"),
    ('Æ', "Ae"),
    ('ø', "oe"),
    ('Ø', "Oe"),
    ('å', "aa"),
    ('Å', "Aa"),
    ('œ', "oe"),
    ('Œ', "Oe"),
    ('þ', "th"),
    ('Þ', "Th"),
    ('ĳ', "ij"),
    ('Ĳ', "IJ"),
    ('ŋ', "ng"),
    ('Ŋ', "Ng"),
    ('…', "..."),
    ('ð', "d"),
    ('Ð', "D"),
    ('đ', "d"),
    ('Đ', "D"),
    ('ħ', "h"),
    ('Ħ', "H"),
    ('ı', "i"),
    ('ĸ', "k"),
    ('ł', "l"),
    ('Ł', "L"),
    ('ŧ', "t"),
    ('Ŧ', "T"),
    ('ſ', "s"),
    ('\u{a0}', " "),
    ('\u{202f}', " "),
    ('‘', "'"),
    ('’', "'"),
    ('‚', "'"),
    ('“', "\""),
    ('”', "\""),
    ('„', "\""),
    ('«', "\""),
    ('»', "\""),
    ('–', "-"),
    ('—', "-"),
    ('‐', "-"),
    ('‑', "-"),
    ('−', "-"),
];

/// What each character becomes: those above, and Latin letters with marks as their base letter.
fn folds() -> &'static BTreeMap<char, String> {
    static FOLDS: OnceLock<BTreeMap<char, String>> = OnceLock::new();
    FOLDS.get_or_init(|| {
        let marked = (0xc0..=0x24f).chain(0x1e00..=0x1eff).filter_map(char::from_u32);
        let base = |c: char| std::iter::once(c).nfd().next().filter(char::is_ascii_alphabetic);
        let latin = marked.filter_map(|c| Some((c, base(c)?.to_string())));
        latin.chain(OWN.iter().map(|(c, to)| (*c, (*to).to_owned()))).collect()
    })
}

/// One to one by `translate`, the rest by `replace`, from the same table.
fn folded_sql(text: Expr) -> Expr {
    let (mut from, mut to, mut longer) = (String::new(), String::new(), Vec::new());
    for (c, plain) in folds() {
        if plain.len() == 1 {
            from.push(*c);
            to.push_str(plain);
        } else {
            longer.push((c.to_string(), plain));
        }
    }
    let single = Expr::call("translate", [text, Expr::text(&from), Expr::text(&to)]);
    let replaced =
        |t, (c, plain): (String, &String)| Expr::call("replace", [t, Expr::text(&c), Expr::text(plain)]);
    longer.into_iter().fold(single, replaced)
}
