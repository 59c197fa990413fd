//! The constructors of SQL expressions that need keywords of their own, for the expression language.

use super::{Expr, NUMBER};

impl Expr {
    /// Equal, or both NULL; never NULL.
    pub fn same(self, other: Expr) -> Self {
        self.op("IS NOT DISTINCT FROM", other)
    }

    /// Not equal, counting NULL as a value; never NULL.
    pub fn unlike(self, other: Expr) -> Self {
        self.op("IS DISTINCT FROM", other)
    }

    /// Whether it is one of the items; NULL when it is NULL. The items are not NULL.
    pub fn one_of(self, items: impl IntoIterator<Item = Expr>) -> Self {
        let items: Vec<String> = items.into_iter().map(|i| i.to_string()).collect();
        if items.is_empty() {
            Expr::flag(false)
        } else {
            self.op("IN", Self(format!("({})", items.join(", "))))
        }
    }

    /// Whether a condition holds: NULL counts as false.
    pub fn holds(self) -> Self {
        Self(format!("({self} IS TRUE)"))
    }

    /// The sign turned.
    pub fn minus(self) -> Self {
        Self(format!("(- {self})"))
    }

    /// NULL for the empty text.
    pub fn empty_is_null(self) -> Self {
        Self::call("nullif", [self, Self::text("")])
    }

    /// The items of a list of texts that are not empty.
    pub fn items_not_blank(self) -> Self {
        Self(format!("list_filter({self}, lambda x: x <> '')"))
    }

    /// `count(*)`.
    pub fn count_rows() -> Self {
        Self("count(*)".to_owned())
    }

    /// `count(DISTINCT self)`.
    pub fn count_distinct(self) -> Self {
        Self(format!("count(DISTINCT {self})"))
    }

    /// How a number of the language is written as text: no trailing zeros.
    pub fn number_to_text(self) -> Self {
        let digits = self.cast(NUMBER).cast("VARCHAR");
        let trimmed = Self::call("rtrim", [digits, Self::text("0")]);
        Self::call("rtrim", [trimmed, Self::text(".")])
    }

    /// How a TIMESTAMP is written as text: ISO with `T`, a fraction only if it is not 0.
    pub fn datetime_to_text(self) -> Self {
        Self::call("replace", [self.cast("VARCHAR"), Self::text(" "), Self::text("T")])
    }
}
