//! The text steps of a value: padding, and lookups given in place (those with rows: [`super::lookup`]).

use super::Expr;

/// Filled on the left up to a width; longer text stays.
pub fn pad_left(text: &Expr, width: u32, fill: char) -> Expr {
    let width = i64::from(width);
    let short = Expr::call("length", [text.clone()]).op("<", Expr::int(width));
    let padded =
        Expr::call("lpad", [text.clone(), Expr::int(width).cast("INTEGER"), Expr::text(&fill.to_string())]);
    Expr::case([(short, padded)], text.clone())
}

/// A lookup given in place.
pub fn inline(text: &Expr, pairs: &[(String, String)]) -> Expr {
    let branches = pairs.iter().map(|(k, g)| (text.clone().eq(Expr::text(k)), Expr::text(g)));
    Expr::case(branches, Expr::null("VARCHAR"))
}
