//! Cells and values read as a type: with what can fail, by the source's locale, native kinds exact.

use crate::diagnostic::Code;
use crate::expr::{Fail, Lowered, Type};
use crate::spec::platform::{Field, FieldType};
use crate::sql::{self, Expr, read, zones};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Columns of an Excel source with `numbers = "as shown"` that hold the numbers themselves: `v1`, `v2`, ….
const NUMBER_ITSELF: &str = "v";
/// Why a cell is no yes/no.
const NEITHER: &str = "is neither yes nor no; declare the words in `yes = […]` and `no = […]`";

/// Readings of cells that expressions use, as columns of the source's view: name → value, in layers; the last holds what is
/// looked up. An expression names the column, so that a cell is read once however often it is used.
pub(super) type Derived = Rc<RefCell<[BTreeMap<String, Expr>; LAYERS]>>;

/// Text and kind; what is read from them; what is looked up for them.
pub const LAYERS: usize = 3;

/// How a source's cells are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    /// Number marks, where a locale is declared.
    pub locale: Option<read::Locale>,
    /// Date patterns.
    pub dates: Vec<String>,
    /// Texts that count as empty.
    pub nulls: Vec<String>,
    /// Words for yes.
    pub yes: Vec<String>,
    /// Words for no.
    pub no: Vec<String>,
    /// Whether cells have kinds.
    pub native: bool,
    /// Whether a text made elsewhere is never a number as the program writes one (1.105), which goes before the locale's else.
    pub texts: bool,
    /// Whether numbers as text are what their format shows; the numbers themselves are then in columns of their own.
    pub as_shown: bool,
    /// The zone that times are wall-clock times of.
    pub zone: Option<String>,
    /// The readings used so far.
    pub derived: Derived,
}

/// Which column of which row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// Alias of the row.
    pub alias: &'static str,
    /// Index of the column, from 0.
    pub column: usize,
}

impl Cell {
    fn name(self) -> String {
        format!("c{}", self.column + 1)
    }

    /// Name of a reading of this cell.
    fn named(self, reading: &str) -> String {
        format!("{reading}{}", self.column + 1)
    }
}

impl Reading {
    /// The cell's text: NFC, trimmed, nulls empty.
    pub fn text(&self, cell: Cell) -> Lowered {
        let value = read::clean(Expr::of(cell.alias, &cell.name()), &self.nulls);
        let value = self.derive(cell, "t", 0, value);
        Lowered { ty: Type::Text, value, fails: self.cell_fails(cell) }
    }

    /// The text that a number is read from: the cell's, or the number itself where the cell's is what its format shows.
    fn digits(&self, cell: Cell) -> Lowered {
        if !self.as_shown {
            return self.text(cell);
        }
        let shown = read::clean(Expr::of(cell.alias, &cell.name()), &self.nulls);
        let exact = Expr::of(cell.alias, &cell.named(NUMBER_ITSELF));
        let value = self.derive(cell, "x", 0, exact.or_else(shown));
        Lowered { ty: Type::Text, value, fails: self.kind_fails(cell) }
    }

    /// A number; with `wide` any number of decimals (to be rounded).
    pub fn number(&self, cell: Cell, wide: bool) -> Lowered {
        let text = self.digits(cell);
        let value = self.number_of(&text.value, self.native.then(|| self.is_kind(cell, "n")), wide);
        let value = self.derive(cell, if wide { "w" } else { "n" }, 1, value);
        self.read(cell, text, Type::Number, value, Code::NOT_A_NUMBER, Expr::text(&self.number_reason()))
    }

    /// A decimal of the platform read at once, where no locale changes how; what failed is told apart only for the rows
    /// that fail.
    pub fn decimal(&self, cell: Cell, scale: u8, too_fine: &str) -> Option<Lowered> {
        if self.locale.is_some() || scale == 0 {
            return None;
        }
        let text = self.digits(cell);
        // Named by its scale, as two fields may read one cell at two scales.
        let value = self.derive(cell, &format!("m{scale}_"), 1, read::decimal(&text.value, scale));
        let bad = Expr::all([text.value.clone().is_not_null(), value.clone().is_null()]);
        let number = read::number(&text.value, true);
        // A CASE looks closer at the failing rows alone, an AND would at all of them.
        let fail = |closer: Expr, code: Code, reason: &str| Fail {
            when: Expr::case([(bad.clone(), closer)], Expr::flag(false)),
            code,
            reason: Expr::text(reason),
            value: Some(text.value.clone()),
            column: Some(cell.name()),
        };
        let mut fails = text.fails.clone();
        fails.push(fail(number.clone().is_null(), Code::NOT_A_NUMBER, &self.number_reason()));
        fails.push(fail(number.is_not_null(), Code::DOES_NOT_FIT, too_fine));
        Some(Lowered { ty: Type::Number, value, fails })
    }

    /// A TIMESTAMP.
    pub fn date_time(&self, cell: Cell) -> Lowered {
        let text = self.text(cell);
        let value = self.derive(cell, "d", 1, self.time_of(&text.value));
        let reason = self.date_reason(&text.value);
        self.read(cell, text, Type::DateTime, value, Code::NOT_A_DATE, reason)
    }

    /// A TIMESTAMP in UTC, from a source with a time zone: its wall-clock times are converted, dates without a time are
    /// not.
    fn utc(&self, cell: Cell, zone: &str) -> Lowered {
        let local = self.date_time(cell);
        let text = self.text(cell).value;
        let value = self.derive(cell, "u", 1, self.utc_of(&text, zone));
        self.no_such_time(local, value, text, zone)
    }

    /// A time of day cannot become UTC without a zone; a date alone is not shifted.
    fn needs_zone(&self, mut read: Lowered, text: Expr) -> Lowered {
        let when = read::has_time(&text, &self.dates);
        let column = read.fails.first().and_then(|f| f.column.clone());
        let reason =
            "has a time of day, which the field wants in UTC; declare `timezone = \"…\"` of the source";
        let reason = Expr::text(reason);
        read.fails.push(Fail { when, code: Code::NOT_A_DATE, reason, value: Some(text), column });
        read
    }

    fn no_such_time(&self, local: Lowered, value: Expr, text: Expr, zone: &str) -> Lowered {
        let when = Expr::all([local.value.is_not_null(), value.clone().is_null()]);
        let reason = format!("is no time in {zone}: the clocks were put forward over it");
        let column = local.fails.first().and_then(|f| f.column.clone());
        let mut fails = local.fails;
        let reason = Expr::text(&reason);
        fails.push(Fail { when, code: Code::NO_SUCH_TIME, reason, value: Some(text), column });
        Lowered { ty: Type::DateTime, value, fails }
    }

    /// A text as a TIMESTAMP of the source's wall clock.
    fn time_of(&self, text: &Expr) -> Expr {
        let local = read::date_time(text, &self.dates);
        match &self.zone {
            None => local,
            Some(zone) => Expr::case([(read::has_offset(text), zones::wall(text, zone))], local),
        }
    }

    fn utc_of(&self, text: &Expr, zone: &str) -> Expr {
        let local = read::date_time(text, &self.dates);
        let branches = [
            (read::has_offset(text), zones::wall(text, "UTC")),
            (read::has_time(text, &self.dates), zones::utc(&local, zone)),
        ];
        Expr::case(branches, local.clone())
    }

    /// A text as a date and as a number, as far as it is one: what `on-or-before` compares.
    pub fn sortable(&self, text: &Expr) -> (Expr, Expr) {
        let plain = self.native.then(|| read::number(text, false).is_not_null());
        (self.time_of(text), self.number_of(text, plain, false))
    }

    /// A date; the time of day is left out.
    pub fn date(&self, cell: Cell) -> Lowered {
        let read = self.date_time(cell);
        Lowered { ty: Type::Date, value: read.value.cast("DATE"), fails: read.fails }
    }

    /// A yes/no.
    pub fn flag(&self, cell: Cell) -> Lowered {
        let text = self.text(cell);
        let value = self.derive(cell, "f", 1, read::flag(&text.value, &self.yes, &self.no));
        self.read(cell, text, Type::Flag, value, Code::NOT_A_FLAG, Expr::text(NEITHER))
    }

    /// A cell read as a field's type, not yet narrowed: NUMBER, TIMESTAMP, VARCHAR or BOOLEAN.
    pub fn cell_as(&self, cell: Cell, field: &Field, wide: bool) -> Lowered {
        match field.ty {
            FieldType::Text | FieldType::Uuid => self.text(cell),
            FieldType::Integer | FieldType::Decimal(_) => self.number(cell, wide),
            FieldType::Boolean => self.flag(cell),
            FieldType::Date | FieldType::DateTime => match &self.zone {
                Some(zone) if field.utc => self.utc(cell, zone),
                None if field.utc => self.needs_zone(self.date_time(cell), self.text(cell).value),
                _ => self.date_time(cell),
            },
            FieldType::Object => Lowered {
                ty: Type::Text,
                value: Expr::call("nullif", [Expr::of(cell.alias, &cell.name()), Expr::text("")]),
                fails: self.cell_fails(cell),
            },
        }
    }

    /// A text value (of a lookup, an extract, an expression) read as a field's type, not yet narrowed.
    pub fn text_as(&self, text: Lowered, field: &Field, wide: bool) -> Lowered {
        let (ty, value, code, reason) = match field.ty {
            FieldType::Text | FieldType::Uuid | FieldType::Object => return text,
            FieldType::Integer | FieldType::Decimal(_) => {
                let plain = read::number(&text.value, wide);
                let exact = (!self.texts).then(|| plain.clone().is_not_null());
                let value = self.number_of(&text.value, exact, wide);
                let value = if self.locale.is_none() { plain } else { value };
                (Type::Number, value, Code::NOT_A_NUMBER, Expr::text(&self.number_reason()))
            }
            FieldType::Boolean => {
                let value = read::flag(&text.value, &self.yes, &self.no);
                (Type::Flag, value, Code::NOT_A_FLAG, Expr::text(NEITHER))
            }
            FieldType::Date | FieldType::DateTime => {
                (Type::DateTime, self.time_of(&text.value), Code::NOT_A_DATE, self.date_reason(&text.value))
            }
        };
        let when = Expr::all([text.value.clone().is_not_null(), value.clone().is_null()]);
        let mut fails = text.fails;
        let column = fails.first().and_then(|f| f.column.clone());
        fails.push(Fail { when, code, reason, value: Some(text.value.clone()), column });
        let read = Lowered { ty, value, fails };
        match (&self.zone, field.utc, ty) {
            (Some(zone), true, Type::DateTime) => {
                let value = self.utc_of(&text.value, zone);
                self.no_such_time(read, value, text.value, zone)
            }
            (None, true, Type::DateTime) => self.needs_zone(read, text.value),
            _ => read,
        }
    }

    fn number_of(&self, text: &Expr, plain_when: Option<Expr>, wide: bool) -> Expr {
        let plain = read::number(text, wide);
        match (self.locale, plain_when) {
            (None, _) => plain,
            (Some(locale), None) => read::number_in(text, locale, wide),
            (Some(locale), Some(native)) => {
                Expr::case([(native, plain)], read::number_in(text, locale, wide))
            }
        }
    }

    fn read(&self, cell: Cell, text: Lowered, ty: Type, value: Expr, code: Code, reason: Expr) -> Lowered {
        let when = Expr::all([text.value.clone().is_not_null(), value.clone().is_null()]);
        let mut fails = text.fails;
        fails.push(Fail { when, code, reason, value: Some(text.value), column: Some(cell.name()) });
        Lowered { ty, value, fails }
    }

    /// The reading as a column of the source's view; of other rows than the source's, the reading itself.
    fn derive(&self, cell: Cell, reading: &str, layer: usize, value: Expr) -> Expr {
        if cell.alias != "s" {
            return value;
        }
        let name = cell.named(reading);
        if let Some(columns) = self.derived.borrow_mut().get_mut(layer) {
            columns.insert(name.clone(), value);
        }
        Expr::of("s", &name)
    }

    /// What is found for a row in a lookup, as a column of the source's view where it rests on that row alone. (A value names it
    /// several times, and each would be a join; DuckDB plans minutes on thirty of them.)
    pub fn looked_up(&self, found: Expr) -> Expr {
        // Other rows than the source's; columns of a group (`field#1`); what is looked up itself, which is of the same layer.
        let beyond = ["\"p\".", "\"g\".", "\"m\".", "\"r\".", "\"u\".", "#", "\"s\".\"look"];
        if beyond.iter().any(|name| found.names(name)) {
            return found;
        }
        let mut derived = self.derived.borrow_mut();
        let Some(columns) = derived.last_mut() else { return found };
        let known = columns.iter().find(|(_, value)| **value == found).map(|(name, _)| name.clone());
        let name = known.unwrap_or_else(|| format!("look{}", columns.len() + 1));
        columns.insert(name.clone(), found);
        Expr::of("s", &name)
    }

    fn is_kind(&self, cell: Cell, kind: &str) -> Expr {
        let at = i64::try_from(cell.column + 1).unwrap_or(i64::MAX);
        let value = Expr::call("substr", [Expr::of(cell.alias, "_kind"), Expr::int(at), Expr::int(1)]);
        self.derive(cell, "k", 0, value).eq(Expr::text(kind)).or_else(Expr::flag(false))
    }

    fn cell_fails(&self, cell: Cell) -> Vec<Fail> {
        let mut fails = self.kind_fails(cell);
        if self.as_shown {
            let reason = "is a number whose format cannot be shown exactly as text here; give the cells another format, or \
                          read the number itself by num(\"…\")";
            fails.push(Fail {
                when: self.is_kind(cell, "f"),
                code: Code::NOT_SHOWN,
                reason: Expr::text(reason),
                value: Some(Expr::of(cell.alias, &cell.name())),
                column: Some(cell.name()),
            });
        }
        fails
    }

    fn kind_fails(&self, cell: Cell) -> Vec<Fail> {
        if !self.native {
            return Vec::new();
        }
        let fail = |kind: &str, code: Code, reason: &str, value: Option<Expr>| Fail {
            when: self.is_kind(cell, kind),
            code,
            reason: Expr::text(reason),
            value,
            column: Some(cell.name()),
        };
        let raw = Expr::of(cell.alias, &cell.name());
        vec![
            fail(
                "m",
                Code::SEVERAL_NODES,
                "several nodes fit this path; name one by an index or a predicate",
                None,
            ),
            fail("e", Code::ERROR_CELL, "is an error of the spreadsheet", Some(raw)),
        ]
    }

    fn number_reason(&self) -> String {
        match self.locale {
            None => "is not a number (digits with a point, at most 18 before and 10 after it); declare `locale` for \
                     other marks, or `round` for more decimals"
                .to_owned(),
            Some(l) => format!(
                "is not a number with '{}' as decimal mark and at most 10 decimals",
                l.decimal
            ),
        }
    }

    fn date_reason(&self, text: &Expr) -> Expr {
        let reason = if self.dates.is_empty() {
            "is not an ISO date (yyyy-mm-dd); declare `dates` for other forms".to_owned()
        } else {
            format!("is not a date of the form {} or yyyy-mm-dd", self.dates.join(", "))
        };
        if self.zone.is_some() {
            return Expr::text(&reason);
        }
        let ask = "has an offset from UTC; declare `timezone = \"…\"` of the source, such as \"Europe/Berlin\", whose \
                   clock it is converted to";
        Expr::case([(read::has_offset(text), Expr::text(ask))], Expr::text(&reason))
    }
}

/// An expression's value brought to a field's type, not yet narrowed.
pub(super) fn expression_as(value: Lowered, field: &Field, reading: &Reading) -> Result<Lowered, String> {
    let wanted = |what: &str| Err(format!("gives {}, but the field wants {what}", value.ty.word()));
    match (field.ty, value.ty) {
        (ty, Type::Empty) => Ok(Lowered { value: Expr::null(&wide_type(ty)), ..value }),
        (FieldType::Text | FieldType::Uuid | FieldType::Object, _) => Ok(as_text(value)),
        (_, Type::Text) => Ok(reading.text_as(value, field, false)),
        (FieldType::Integer | FieldType::Decimal(_), Type::Number) => Ok(value),
        (FieldType::Integer | FieldType::Decimal(_), _) => wanted("a number"),
        (FieldType::Boolean, Type::Flag) => Ok(value),
        (FieldType::Boolean, _) => wanted("yes/no"),
        (FieldType::Date | FieldType::DateTime, Type::Date | Type::DateTime) => {
            Ok(Lowered { value: value.value.cast("TIMESTAMP"), ty: Type::DateTime, ..value })
        }
        (FieldType::Date | FieldType::DateTime, _) => wanted("a date"),
    }
}

/// A value as text: numbers without trailing zeros, dates ISO.
pub(super) fn as_text(value: Lowered) -> Lowered {
    let text = match value.ty {
        Type::Text | Type::Empty => return value,
        Type::Number => read::number_text(&value.value),
        Type::Date | Type::Flag => value.value.clone().cast("VARCHAR"),
        Type::DateTime => read::canonical(&value.value, "TIMESTAMP"),
    };
    Lowered { ty: Type::Text, value: text, fails: value.fails }
}

/// A field of a record as a value of the language.
pub(super) fn field_value(column: Expr, ty: FieldType) -> Lowered {
    let (ty, value) = match ty {
        FieldType::Text | FieldType::Uuid | FieldType::Object => (Type::Text, column),
        FieldType::Integer | FieldType::Decimal(_) => (Type::Number, column.try_cast(sql::NUMBER)),
        FieldType::Boolean => (Type::Flag, column),
        FieldType::Date => (Type::Date, column),
        FieldType::DateTime => (Type::DateTime, column),
    };
    Lowered::sure(ty, value)
}

fn wide_type(ty: FieldType) -> String {
    match ty {
        FieldType::Integer | FieldType::Decimal(_) => sql::NUMBER.to_owned(),
        FieldType::Date | FieldType::DateTime => "TIMESTAMP".to_owned(),
        _ => ty.sql(),
    }
}
