//! Functions that make short prints of texts, for keys where the export has none.

use super::{Arg, Function, Param, arg, sql, whole};
use crate::expr::value::Value;
use crate::sql::Expr;
use sha2::{Digest, Sha256};

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "md5",
        signature: "md5(text)",
        doc: "The MD5 print of the text's UTF-8 bytes, 32 small hexadecimal digits; for systems that ask for it.",
        about: &["the text; put several together with join(\"|\", a, b)"],
        examples: &[("md5(\"abc\")", "900150983cd24fb0d6963f7d28e17f72"), ("md5(\"\")", "()")],
        sql: Some(|a| Expr::call("md5", [sql(a, 0)])),
        run: |v| Ok(Value::text(hex(&md5::Md5::digest(arg(v, 0).str().as_bytes())))),
        ..Function::BASE
    },
    Function {
        name: "sha256",
        signature: "sha256(text)",
        doc: "The SHA-256 print of the text's UTF-8 bytes, 64 small hexadecimal digits.",
        about: &["the text; put several together with join(\"|\", a, b)"],
        examples: &[("sha256(\"abc\")", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")],
        sql: Some(|a| Expr::call("sha256", [sql(a, 0)])),
        run: |v| Ok(Value::text(hex(&Sha256::digest(arg(v, 0).str().as_bytes())))),
        ..Function::BASE
    },
    Function {
        name: "short_id",
        signature: "short_id(text, length)",
        doc: "The first so many digits of the SHA-256 print: a key made from other columns. With 12 digits, among a \
              million texts two are alike once in five hundred times; with 16, never in practice.",
        about: &["the text; put several together with join(\"|\", a, b)", "how many digits"],
        examples: &[
            ("short_id(\"abc\", 12)", "ba7816bf8f01"),
            ("short_id(join(\"|\", \"a\", \"b\"), 8)", "0eab8a0a"),
        ],
        params: &[Param::Text, Param::Whole(8, 64)],
        sql: Some(|a| {
            let digits = Expr::int(a.get(1).map_or(0, Arg::whole));
            Expr::call("left", [Expr::call("sha256", [sql(a, 0)]), digits])
        }),
        run: |v| {
            let print = hex(&Sha256::digest(arg(v, 0).str().as_bytes()));
            Ok(Value::text(
                print.chars().take(usize::try_from(whole(arg(v, 1))).unwrap_or(0)).collect::<String>(),
            ))
        },
        ..Function::BASE
    },
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
