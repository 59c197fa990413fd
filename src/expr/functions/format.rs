//! `format(x, pattern)`: dates as `yyyy-mm-dd`, numbers as `0.00`, `#,##0.00`, `00000`.

use super::{Arg, Function, Param, arg, sql};
use crate::expr::compiled::Type;
use crate::expr::number::Number;
use crate::expr::value::{DAY, Failure, Value, civil};
use crate::sql::Expr;

/// The functions of this file.
pub const FUNCTIONS: &[Function] = &[Function {
    name: "format",
    signature: "format(x, pattern)",
    doc: "A date by a pattern of yyyy, yy, mm, m, dd, d, and hh, nn, ss for hours, minutes, seconds; a number by a \
          pattern such as 0.00, 00000 or #,##0.00.",
    examples: &[
        ("format(month_end(2026, 2), \"yyyy-mm\")", "2026-02"),
        ("format(month_end(2026, 2), \"d.m.yy\")", "28.2.26"),
        ("format(1234.5, \"0.00\")", "1234.50"),
        ("format(-7, \"000\")", "-007"),
        ("format(1234567.891, \"#,##0.00\")", "1,234,567.89"),
    ],
    params: &[Param::DateOrNumber, Param::Format],
    sql: Some(|a| match a.first().map(|x| x.ty) {
        Some(Type::Number) => number_sql(&sql(a, 0), &NumberFormat::new(pattern(a)).unwrap_or_default()),
        _ => Expr::call("strftime", [sql(a, 0), Expr::text(&strftime(&pieces(pattern(a))))]),
    }),
    run,
    ..Function::BASE
}];

/// Whether the pattern suits the type.
///
/// # Errors
/// What a pattern looks like.
pub fn check(pattern: &str, ty: Type) -> Result<(), String> {
    match ty {
        Type::Number if NumberFormat::new(pattern).is_none() => {
            Err("a number's pattern looks like 0, 0.00, 00000 or #,##0.00".to_owned())
        }
        Type::Date | Type::DateTime if !pieces(pattern).iter().any(|p| matches!(p, Piece::Part(_))) => {
            Err("a date's pattern is made of yyyy, yy, mm, m, dd, d, hh, nn, ss".to_owned())
        }
        _ => Ok(()),
    }
}

fn pattern(args: &[Arg]) -> &str {
    args.get(1).map_or("", Arg::text)
}

fn run(values: &[Value]) -> Result<Value, Failure> {
    let pattern = arg(values, 1).str();
    Ok(match arg(values, 0) {
        Value::Number(n) => {
            let format = NumberFormat::new(pattern).unwrap_or_default();
            Value::text(format.print(*n))
        }
        date => Value::text(pieces(pattern).iter().map(|p| p.print(date)).collect::<String>()),
    })
}

/// A piece of a date's pattern.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    /// A part, by index into [`PARTS`].
    Part(usize),
    /// A character as it is.
    Plain(char),
}

/// Parts of a date: as written in the pattern, and for `strftime`.
const PARTS: &[(&str, &str)] = &[
    ("yyyy", "%Y"),
    ("yy", "%y"),
    ("mm", "%m"),
    ("dd", "%d"),
    ("hh", "%H"),
    ("nn", "%M"),
    ("ss", "%S"),
    ("m", "%-m"),
    ("d", "%-d"),
];

fn pieces(pattern: &str) -> Vec<Piece> {
    let mut rest = pattern;
    let mut pieces = Vec::new();
    while let Some(c) = rest.chars().next() {
        let part = PARTS.iter().position(|(p, _)| rest.to_ascii_lowercase().starts_with(p));
        let length = part.and_then(|n| PARTS.get(n)).map_or(c.len_utf8(), |(p, _)| p.len());
        pieces.push(part.map_or(Piece::Plain(c), Piece::Part));
        rest = rest.get(length..).unwrap_or_default();
    }
    pieces
}

fn strftime(pieces: &[Piece]) -> String {
    let one = |p: &Piece| match p {
        Piece::Part(n) => PARTS.get(*n).map_or(String::new(), |(_, f)| (*f).to_owned()),
        Piece::Plain('%') => "%%".to_owned(),
        Piece::Plain(c) => c.to_string(),
    };
    pieces.iter().map(one).collect()
}

impl Piece {
    fn print(&self, date: &Value) -> String {
        let (y, m, d) = civil(date.day().unwrap_or(0));
        let time = if let Value::DateTime(t) = date { t.rem_euclid(DAY) / 1_000_000 } else { 0 };
        match self {
            Piece::Plain(c) => c.to_string(),
            Piece::Part(0) => format!("{y:04}"),
            Piece::Part(1) => format!("{:02}", y.rem_euclid(100)),
            Piece::Part(2) => format!("{m:02}"),
            Piece::Part(3) => format!("{d:02}"),
            Piece::Part(4) => format!("{:02}", time / 3600),
            Piece::Part(5) => format!("{:02}", time / 60 % 60),
            Piece::Part(6) => format!("{:02}", time % 60),
            Piece::Part(7) => m.to_string(),
            Piece::Part(_) => d.to_string(),
        }
    }
}

/// A number's pattern.
#[derive(Clone, Debug, Default, PartialEq)]
struct NumberFormat {
    digits: usize,
    decimals: u32,
    thousands: bool,
}

impl NumberFormat {
    fn new(pattern: &str) -> Option<Self> {
        let (whole, part) = pattern.split_once('.').unwrap_or((pattern, ""));
        let (whole, thousands) = whole.strip_prefix("#,##").map_or((whole, false), |w| (w, true));
        let zeros = |t: &str| t.chars().all(|c| c == '0');
        let valid = zeros(whole) && zeros(part) && (1..=18).contains(&whole.len()) && part.len() <= 9;
        let valid = valid && !(pattern.contains('.') && part.is_empty()) && (!thousands || whole.len() == 1);
        valid.then_some(Self { digits: whole.len(), decimals: u32::try_from(part.len()).ok()?, thousands })
    }

    fn print(&self, n: Number) -> String {
        let fixed = n.fixed(self.decimals);
        let (sign, rest) = fixed.strip_prefix('-').map_or(("", fixed.as_str()), |r| ("-", r));
        let (whole, part) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
        let whole = format!("{whole:0>width$}", width = self.digits);
        format!("{sign}{}{part}", if self.thousands { grouped(&whole) } else { whole })
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (n, c) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

fn number_sql(number: &Expr, format: &NumberFormat) -> Expr {
    let fixed = number.clone().try_cast(&format!("DECIMAL(28,{})", format.decimals));
    let sign = Expr::case([(fixed.clone().op("<", Expr::int(0)), Expr::text("-"))], Expr::text(""));
    let digits = Expr::call("abs", [fixed]).cast("VARCHAR");
    let part_length = i64::from(format.decimals) + i64::from(format.decimals > 0);
    let tail = Expr::call("right", [digits.clone(), Expr::int(part_length)]);
    let length = Expr::call("length", [digits.clone()]).op("-", Expr::int(part_length));
    let mut whole = Expr::call("left", [digits, length.clone()]);
    if format.thousands {
        let back = Expr::call("reverse", [whole]);
        let args = [back, Expr::text("(\\d{3})"), Expr::text("\\1,"), Expr::text("g")];
        let back = Expr::call("rtrim", [Expr::call("regexp_replace", args), Expr::text(",")]);
        whole = Expr::call("reverse", [back]);
    } else if format.digits > 1 {
        let wanted = i64::try_from(format.digits).unwrap_or(1);
        let width = Expr::call("greatest", [length, Expr::int(wanted)]).cast("INTEGER");
        whole = Expr::call("lpad", [whole, width, Expr::text("0")]);
    }
    sign.op("||", whole).op("||", tail)
}
