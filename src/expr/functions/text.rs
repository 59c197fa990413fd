//! Functions of text. A character is a Unicode code point; upper and lower case go by single characters, as in DuckDB.

use super::{Arg, Function, Param, arg, counted, sql, whole};
use crate::expr::compiled::Type;
use crate::expr::value::Value;
use crate::sql::{Expr, NUMBER, steps};

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "blank",
        signature: "blank(x)",
        doc: "Whether x is empty.",
        examples: &[("blank(\"\")", "true"), ("blank(\"x\")", "false"), ("blank(())", "true")],
        params: &[Param::Any],
        gives: Type::Flag,
        strict: false,
        sql: Some(|a| sql(a, 0).is_null()),
        run: |v| Ok(Value::Flag(arg(v, 0).is_empty())),
        ..Function::BASE
    },
    Function {
        name: "trim",
        signature: "trim(text)",
        doc: "The text without white space at either end, no-break spaces included.",
        examples: &[("trim(\" a b \")", "a b"), ("trim(\"  \")", "()")],
        sql: Some(|a| crate::sql::read::trimmed(sql(a, 0)).empty_is_null()),
        run: |v| Ok(Value::text(arg(v, 0).str().trim())),
        ..Function::BASE
    },
    Function {
        name: "upper",
        signature: "upper(text)",
        doc: "The text in capitals.",
        examples: &[("upper(\"Müller 7\")", "MÜLLER 7")],
        sql: Some(|a| Expr::call("upper", [sql(a, 0)])),
        run: |v| Ok(Value::text(arg(v, 0).str().chars().map(capital).collect::<String>())),
        ..Function::BASE
    },
    Function {
        name: "lower",
        signature: "lower(text)",
        doc: "The text in small letters.",
        examples: &[("lower(\"ÆØÅ\")", "æøå")],
        sql: Some(|a| Expr::call("lower", [sql(a, 0)])),
        run: |v| Ok(Value::text(arg(v, 0).str().chars().map(small).collect::<String>())),
        ..Function::BASE
    },
    Function {
        name: "proper",
        signature: "proper(text)",
        doc: "Each word with a capital first letter and small letters after it.",
        examples: &[
            ("proper(\"ACME NORGE as\")", "Acme Norge As"),
            ("proper(\"o'neil-smith\")", "O'Neil-Smith"),
        ],
        no_sql: "DuckDB does not know which characters are letters",
        run: |v| Ok(Value::text(proper(arg(v, 0).str()))),
        ..Function::BASE
    },
    Function {
        name: "len",
        signature: "len(text)",
        doc: "How many characters the text has.",
        examples: &[("len(\"Øre\")", "3"), ("len(\"\")", "()")],
        gives: Type::Number,
        sql: Some(|a| Expr::call("length", [sql(a, 0)]).cast(NUMBER)),
        run: |v| counted(arg(v, 0).str().chars().count()),
        ..Function::BASE
    },
    Function {
        name: "starts_with",
        signature: "starts_with(text, start)",
        doc: "Whether the text begins so. False where either is empty.",
        examples: &[("starts_with(\"1920\", \"19\")", "true"), ("starts_with(\"\", \"19\")", "false")],
        run: |v| test(v, |t, part| t.starts_with(part)),
        sql: Some(|a| test_sql("starts_with", a)),
        ..TEST
    },
    Function {
        name: "ends_with",
        signature: "ends_with(text, end)",
        doc: "Whether the text ends so. False where either is empty.",
        examples: &[("ends_with(\"1920\", \"20\")", "true")],
        run: |v| test(v, |t, part| t.ends_with(part)),
        sql: Some(|a| test_sql("suffix", a)),
        ..TEST
    },
    Function {
        name: "contains",
        signature: "contains(text, part)",
        doc: "Whether the part is in the text. False where either is empty.",
        examples: &[("contains(\"Invoice 7\", \"voice\")", "true"), ("\"x\" in \"abc\"", "false")],
        run: |v| test(v, |t, part| t.contains(part)),
        sql: Some(|a| test_sql("contains", a)),
        ..TEST
    },
    Function {
        name: "replace",
        signature: "replace(text, old, new)",
        doc: "The text with every `old` replaced by `new`, which may be empty.",
        examples: &[("replace(\"1-2-3\", \"-\", \"\")", "123"), ("replace(\"ab\", \"ab\", \"\")", "()")],
        params: &[Param::Text, Param::Text, Param::Part],
        sql: Some(|a| {
            let new = sql(a, 2).or_else(Expr::text(""));
            Expr::call("replace", [sql(a, 0), sql(a, 1), new]).empty_is_null()
        }),
        run: |v| Ok(Value::text(arg(v, 0).str().replace(arg(v, 1).str(), arg(v, 2).str()))),
        ..Function::BASE
    },
    Function {
        name: "join",
        signature: "join(separator, x, …)",
        doc: "The values put together with the separator between them; empty ones are skipped.",
        examples: &[
            ("join(\" \", \"a\", \"\", \"b\")", "a b"),
            ("join(\"-\", 1.50, true)", "1.5-true"),
            ("join(\" \", \"\")", "()"),
        ],
        params: &[Param::Part],
        rest: Some(Param::Shown),
        strict: false,
        sql: Some(|a| {
            let separator = sql(a, 0).or_else(Expr::text(""));
            let rest = a.iter().skip(1).map(|x| x.expr.clone());
            Expr::call("concat_ws", std::iter::once(separator).chain(rest)).empty_is_null()
        }),
        run: |v| {
            let parts: Vec<String> = v.iter().skip(1).filter(|x| !x.is_empty()).map(Value::to_text).collect();
            Ok(Value::text(parts.join(arg(v, 0).str())))
        },
        ..Function::BASE
    },
    Function {
        name: "pad_left",
        signature: "pad_left(text, length, character)",
        doc: "The text brought to a length by putting the character before it; a longer text stays as it is.",
        examples: &[("pad_left(\"77\", 5, \"0\")", "00077"), ("pad_left(\"123456\", 5, \"0\")", "123456")],
        params: &[Param::Text, Param::Whole(1, 1000), Param::Char],
        sql: Some(|a| padding(a).op("||", sql(a, 0))),
        run: |v| {
            let (text, wanted) = (arg(v, 0).str(), usize::try_from(whole(arg(v, 1))).unwrap_or(0));
            let missing = wanted.saturating_sub(text.chars().count());
            Ok(Value::text(arg(v, 2).str().repeat(missing) + text))
        },
        ..Function::BASE
    },
    Function {
        name: "pad_right",
        signature: "pad_right(text, length, character)",
        doc: "The text brought to a length by putting the character behind it; a longer text stays as it is.",
        examples: &[("pad_right(\"77\", 5, \"0\")", "77000"), ("pad_right(\"abc\", 2, \" \")", "abc")],
        params: &[Param::Text, Param::Whole(1, 1000), Param::Char],
        sql: Some(|a| sql(a, 0).op("||", padding(a))),
        run: |v| {
            let missing = size(v, 1).saturating_sub(arg(v, 0).str().chars().count());
            Ok(Value::text(format!("{}{}", arg(v, 0).str(), arg(v, 2).str().repeat(missing))))
        },
        ..Function::BASE
    },
    Function {
        name: "left",
        signature: "left(text, count)",
        doc: "The first so many characters.",
        examples: &[("left(\"Ærlig\", 2)", "Ær"), ("left(\"a\", 5)", "a")],
        params: &[Param::Text, COUNT],
        sql: Some(|a| Expr::call("left", [sql(a, 0), Expr::int(a.get(1).map_or(0, Arg::whole))])),
        run: |v| Ok(Value::text(arg(v, 0).str().chars().take(size(v, 1)).collect::<String>())),
        ..Function::BASE
    },
    Function {
        name: "right",
        signature: "right(text, count)",
        doc: "The last so many characters.",
        examples: &[("right(\"4711\", 2)", "11")],
        params: &[Param::Text, COUNT],
        sql: Some(|a| Expr::call("right", [sql(a, 0), Expr::int(a.get(1).map_or(0, Arg::whole))])),
        run: |v| {
            let text = arg(v, 0).str();
            let skip = text.chars().count().saturating_sub(size(v, 1));
            Ok(Value::text(text.chars().skip(skip).collect::<String>()))
        },
        ..Function::BASE
    },
    Function {
        name: "mid",
        signature: "mid(text, from, count)",
        doc: "So many characters from a place on, counted from 1.",
        examples: &[("mid(\"AB-4711-X\", 4, 4)", "4711"), ("mid(\"a\", 3, 2)", "()")],
        params: &[Param::Text, COUNT, COUNT],
        sql: Some(|a| {
            let (from, count) = (a.get(1).map_or(0, Arg::whole), a.get(2).map_or(0, Arg::whole));
            Expr::call("substring", [sql(a, 0), Expr::int(from), Expr::int(count)]).empty_is_null()
        }),
        run: |v| {
            let from = size(v, 1).saturating_sub(1);
            Ok(Value::text(arg(v, 0).str().chars().skip(from).take(size(v, 2)).collect::<String>()))
        },
        ..Function::BASE
    },
];

/// A count of characters, written out.
const COUNT: Param = Param::Whole(1, 100_000);

/// The common shape of the tests of a text.
const TEST: Function =
    Function { params: &[Param::Text, Param::Text], gives: Type::Flag, strict: false, ..Function::BASE };

/// What a text lacks of a length: the arguments of `pad_left` and `pad_right`.
fn padding(args: &[Arg]) -> Expr {
    steps::padding(sql(args, 0), args.get(1).map_or(0, Arg::whole), sql(args, 2))
}

fn size(values: &[Value], index: usize) -> usize {
    usize::try_from(whole(arg(values, index))).unwrap_or(0)
}

fn test(values: &[Value], holds: fn(&str, &str) -> bool) -> Result<Value, crate::expr::value::Failure> {
    let (text, part) = (arg(values, 0), arg(values, 1));
    Ok(Value::Flag(!text.is_empty() && !part.is_empty() && holds(text.str(), part.str())))
}

fn test_sql(name: &str, args: &[Arg]) -> Expr {
    Expr::call(name, [sql(args, 0), sql(args, 1)]).or_else(Expr::flag(false))
}

/// The capital of one character, where that is one character.
pub fn capital(c: char) -> char {
    if later(c) {
        return c;
    }
    let mut up = c.to_uppercase();
    match (up.next(), up.next()) {
        (Some(one), None) => one,
        _ => many(c),
    }
}

/// Capitals that are one character in the simple mapping and several in the full one.
fn many(c: char) -> char {
    let code = c as u32;
    let plain = match code {
        0xdf => 0x1e9e,
        0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7 => code + 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => code + 9,
        _ => code,
    };
    char::from_u32(plain).unwrap_or(c)
}

/// The small letter of one character.
pub fn small(c: char) -> char {
    match c {
        '\u{130}' => 'i',
        _ if later(c) => c,
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

/// Letters whose case came with a Unicode version later than DuckDB's tables: both runners leave them alone.
fn later(c: char) -> bool {
    matches!(c as u32, 0x19b | 0x264 | 0x1c89..=0x1c8a | 0xa7cb..=0xa7cf | 0xa7d2..=0xa7d5 | 0xa7da..=0xa7dc
        | 0x10d50..=0x10d65 | 0x10d70..=0x10d85 | 0x16ea0..=0x16ed3)
}

fn proper(text: &str) -> String {
    let mut inside = false;
    let mut one = |c: char| {
        let changed = if inside { small(c) } else { capital(c) };
        inside = c.is_alphabetic();
        changed
    };
    text.chars().map(&mut one).collect()
}
