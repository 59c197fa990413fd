//! The text steps of a value: padding, and lookups given in place (those with rows: [`super::lookup`]).

use super::Expr;

/// Filled on the left up to a width; longer text stays.
pub fn pad_left(text: &Expr, width: u32, fill: char) -> Expr {
    padding(text.clone(), i64::from(width), Expr::text(&fill.to_string())).op("||", text.clone())
}

/// What a text lacks of a width, made of a character. (DuckDB's `lpad` would cut a longer text, and a CASE around it hides
/// the text from DuckDB's search for what is computed twice.)
pub fn padding(text: Expr, width: i64, fill: Expr) -> Expr {
    Expr::call("repeat", [fill, Expr::int(width).op("-", Expr::call("length", [text]))])
}

/// A lookup given in place.
pub fn inline(text: &Expr, pairs: &[(String, String)]) -> Expr {
    let branches = pairs.iter().map(|(k, g)| (text.clone().eq(Expr::text(k)), Expr::text(g)));
    Expr::case(branches, Expr::null("VARCHAR"))
}
