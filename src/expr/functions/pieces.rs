//! Functions of the pieces of a text: parts between separators, places, repetition.

use super::{Arg, Function, Param, arg, counted, sql, whole};
use crate::diagnostic::Code;
use crate::expr::compiled::Type;
use crate::expr::value::{Failure, Value};
use crate::sql::{Expr, NUMBER};

/// Longest text that `repeat` makes, in bytes.
const LONGEST: usize = 64 << 10;
/// Why a repetition is none.
const TOO_LONG: &str = "would be repeated to more than 65536 bytes";

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "part",
        signature: "part(text, separator, number)",
        doc: "One part of a text that a separator divides, counted from 1, or from the end with -1, -2 and so on. \
              Empty where there are fewer parts.",
        about: &["the text to divide", "what stands between the parts", "which part"],
        examples: &[
            ("part(\"10-4711-EUR\", \"-\", 2)", "4711"),
            ("part(\"10-4711-EUR\", \"-\", -1)", "EUR"),
            ("part(\"a, b\", \", \", 3)", "()"),
        ],
        params: &[Param::Text, Param::Text, Param::Nth(1000)],
        sql: Some(|a| {
            let number = Expr::int(a.get(2).map_or(1, Arg::whole));
            divided(a, Expr::call("split_part", [sql(a, 0), sql(a, 1), number]).empty_is_null(), Type::Text)
        }),
        run: |v| Ok(Value::text(nth(arg(v, 0).str(), arg(v, 1).str(), whole(arg(v, 2))))),
        ..Function::BASE
    },
    Function {
        name: "count_parts",
        signature: "count_parts(text, separator)",
        doc: "How many parts a separator divides the text into; 1 where it is not in it.",
        about: &["the text to divide", "what stands between the parts"],
        examples: &[("count_parts(\"a;b;c\", \";\")", "3"), ("count_parts(\"abc\", \";\")", "1")],
        params: &[Param::Text, Param::Text],
        gives: Type::Number,
        sql: Some(|a| {
            let parts = Expr::call("string_split", [sql(a, 0), sql(a, 1)]);
            divided(a, Expr::call("len", [parts]).cast(NUMBER), Type::Number)
        }),
        run: |v| counted(arg(v, 0).str().split(arg(v, 1).str()).count()),
        ..Function::BASE
    },
    Function {
        name: "has_part",
        signature: "has_part(text, separator, part)",
        doc: "Whether one of the parts is exactly this one. False where any of the three is empty.",
        about: &["the text to divide", "what stands between the parts", "the part to look for"],
        examples: &[
            ("has_part(\"A,B,C\", \",\", \"B\")", "true"),
            ("has_part(\"AB,C\", \",\", \"B\")", "false"),
            ("has_part(\"\", \",\", \"B\")", "false"),
        ],
        params: &[Param::Text, Param::Text, Param::Text],
        gives: Type::Flag,
        strict: false,
        sql: Some(|a| {
            let parts = Expr::call("string_split", [sql(a, 0), sql(a, 1)]);
            let has = Expr::call("list_contains", [parts, sql(a, 2)]);
            Expr::all([sql(a, 1).is_not_null(), has.or_else(Expr::flag(false))])
        }),
        run: |v| {
            let (text, separator, part) = (arg(v, 0).str(), arg(v, 1).str(), arg(v, 2).str());
            let asked = !text.is_empty() && !separator.is_empty() && !part.is_empty();
            Ok(Value::Flag(asked && text.split(separator).any(|p| p == part)))
        },
        ..Function::BASE
    },
    Function {
        name: "between",
        signature: "between(text, start, end)",
        doc: "What stands between the first `start` and the next `end` after it. Empty where one of them is not there.",
        about: &["the text to look into", "what stands before it", "what stands behind it"],
        examples: &[
            ("between(\"Invoice (4711) paid\", \"(\", \")\")", "4711"),
            ("between(\"Invoice 4711\", \"(\", \")\")", "()"),
        ],
        params: &[Param::Text, Param::Text, Param::Text],
        sql: Some(|a| {
            let (text, start, end) = (sql(a, 0), sql(a, 1), sql(a, 2));
            let from = Expr::call("strpos", [text.clone(), start.clone()]);
            let from = from.op("+", Expr::call("length", [start.clone()]));
            let rest = Expr::call("substring", [text.clone(), from]);
            let there = Expr::all([
                Expr::call("contains", [text, start]),
                Expr::call("contains", [rest.clone(), end.clone()]),
            ]);
            let found = Expr::call("split_part", [rest, end, Expr::int(1)]).empty_is_null();
            Expr::case([(there, found)], Expr::null("VARCHAR"))
        }),
        run: |v| {
            let rest = arg(v, 0).str().split_once(arg(v, 1).str()).map(|(_, rest)| rest);
            let found = rest.and_then(|r| r.split_once(arg(v, 2).str())).map(|(found, _)| found);
            Ok(Value::text(found.unwrap_or_default()))
        },
        ..Function::BASE
    },
    Function {
        name: "index_of",
        signature: "index_of(text, part)",
        doc: "At which character, counted from 1, the part first stands. Empty where it is not in the text.",
        about: &["the text to look into", "the part to look for"],
        examples: &[("index_of(\"Rød-7\", \"-\")", "4"), ("index_of(\"abc\", \"x\")", "()")],
        params: &[Param::Text, Param::Text],
        gives: Type::Number,
        sql: Some(|a| {
            let place = Expr::call("strpos", [sql(a, 0), sql(a, 1)]);
            Expr::call("nullif", [place, Expr::int(0)]).cast(NUMBER)
        }),
        run: |v| {
            let text = arg(v, 0).str();
            match text.find(arg(v, 1).str()).and_then(|at| text.get(..at)) {
                Some(before) => counted(before.chars().count() + 1),
                None => Ok(Value::Empty),
            }
        },
        ..Function::BASE
    },
    Function {
        name: "remove",
        signature: "remove(text, part, …)",
        doc: "The text without each of the parts, wherever they stand.",
        about: &["the text", "a part to take out; further ones may follow, taken out in turn"],
        examples: &[
            ("remove(\"DE 12.345\", \" \", \".\")", "DE12345"),
            ("remove(\"aXbX\", \"X\")", "ab"),
            ("remove(\"x\", \"x\")", "()"),
        ],
        params: &[Param::Text, Param::Text],
        rest: Some(Param::Text),
        sql: Some(|a| {
            let without = |t: Expr, part: &Arg| Expr::call("replace", [t, part.expr.clone(), Expr::text("")]);
            a.iter().skip(1).fold(sql(a, 0), without).empty_is_null()
        }),
        run: |v| {
            let without = |t: String, part: &Value| t.replace(part.str(), "");
            Ok(Value::text(v.iter().skip(1).fold(arg(v, 0).str().to_owned(), without)))
        },
        ..Function::BASE
    },
    Function {
        name: "repeat",
        signature: "repeat(text, times)",
        doc: "The text so many times in a row; at most 65536 bytes come out, otherwise the row is rejected.",
        about: &["the text", "how many times"],
        examples: &[("repeat(\"ab\", 3)", "ababab"), ("repeat(\"\", 3)", "()")],
        params: &[Param::Text, Param::Whole(1, 1000)],
        fails: Some((Code::OUT_OF_RANGE, TOO_LONG)),
        sql: Some(repeated),
        run: |v| {
            let (text, times) = (arg(v, 0).str(), usize::try_from(whole(arg(v, 1))).unwrap_or(0));
            if text.len() * times > LONGEST {
                return Err(Failure::new(Code::OUT_OF_RANGE, TOO_LONG));
            }
            Ok(Value::text(text.repeat(times)))
        },
        ..Function::BASE
    },
];

/// DuckDB takes a separator that is NULL for one that is not in the text.
fn divided(args: &[Arg], value: Expr, ty: Type) -> Expr {
    if args.get(1).is_some_and(|a| a.literal.is_some()) {
        return value;
    }
    Expr::case([(sql(args, 1).is_not_null(), value)], Expr::null(ty.sql()))
}

/// The part of that number; `""` for none.
fn nth<'a>(text: &'a str, separator: &str, number: i64) -> &'a str {
    let back = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX).saturating_sub(1);
    let found = if number < 0 {
        let parts: Vec<&str> = text.split(separator).collect();
        parts.into_iter().rev().nth(back)
    } else {
        text.split(separator).nth(back)
    };
    found.unwrap_or_default()
}

/// NULL, which is the failure, where the result is too long.
fn repeated(args: &[Arg]) -> Expr {
    let (text, times) = (sql(args, 0), Expr::int(args.get(1).map_or(0, Arg::whole)));
    let length = Expr::call("strlen", [text.clone()]).op("*", times.clone());
    let fits = length.op("<=", Expr::int(i64::try_from(LONGEST).unwrap_or(0)));
    Expr::case([(fits, Expr::call("repeat", [text, times]))], Expr::null("VARCHAR"))
}
