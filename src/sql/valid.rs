//! Check digits as SQL: remainders over the characters of a text. For the language's tests of texts.

use super::{Expr, literal};

/// Weights of the digits of a Danish VAT number; their sum is a multiple of 11.
pub const DK: [u32; 8] = [2, 7, 6, 5, 4, 3, 2, 1];
/// … of a Finnish one.
pub const FI: [u32; 8] = [7, 9, 10, 5, 8, 4, 2, 1];
/// … of a Polish one: the check digit counts −1, which is 10 by 11.
pub const PL: [u32; 10] = [6, 5, 7, 2, 3, 4, 5, 6, 7, 10];

/// The remainder by 97 of the number that digits and letters (A = 10 … Z = 35) make.
pub fn mod_97(text: Expr) -> Expr {
    Expr::raw(format!(
        "list_reduce(list_transform(string_split({text}, ''), lambda c: strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', c) - 1), \
         lambda a, d: (a * CASE WHEN d > 9 THEN 100 ELSE 10 END + d) % 97, 0)"
    ))
}

/// Whether the check digits of a VAT number of right form are right; TRUE where a country's are not checked.
pub fn vat_digits(text: Expr) -> Expr {
    let number =
        |from: usize, len: usize| format!("coalesce(TRY_CAST(substr({text}, {from}, {len}) AS BIGINT), 0)");
    let digit = |at: usize| number(at + 3, 1);
    let weighed = |weights: &[u32]| {
        let parts: Vec<String> =
            weights.iter().enumerate().map(|(n, w)| format!("{w} * {}", digit(n))).collect();
        format!("({}) % 11 = 0", parts.join(" + "))
    };
    let luhn = |count: usize| {
        let one = |n: usize| match (count - n).is_multiple_of(2) {
            true => format!("CASE WHEN {d} > 4 THEN {d} * 2 - 9 ELSE {d} * 2 END", d = digit(n)),
            false => digit(n),
        };
        let parts: Vec<String> = (0..count).map(one).collect();
        format!("({}) % 10 = 0", parts.join(" + "))
    };
    let german = format!(
        "(11 - list_reduce(list_transform(string_split(substr({text}, 3, 8), ''), lambda c: strpos('0123456789', c) - 1), \
         lambda p, d: (CASE WHEN (p + d) % 10 = 0 THEN 10 ELSE (p + d) % 10 END) * 2 % 11, 10)) % 10 = {}",
        digit(8)
    );
    let country = |code: &str| Expr::raw(format!("(left({text}, 2) = {})", literal(code)));
    let tests = [
        ("BE", format!("97 - {} % 97 = {}", number(3, 8), number(11, 2))),
        ("LU", format!("{} % 89 = {}", number(3, 6), number(9, 2))),
        ("DK", weighed(&DK)),
        ("FI", weighed(&FI)),
        ("PL", weighed(&PL)),
        ("IT", luhn(11)),
        ("SE", luhn(10)),
        ("DE", german),
    ];
    let branches = tests.map(|(code, test)| (country(code), Expr::raw(format!("({test})"))));
    Expr::case(branches, Expr::flag(true)).or_else(Expr::flag(false))
}
