//! What an expression of the mapping may refer to, for each place one can stand.

use super::columns::Columns;
use super::typed::{Cell, Reading};
use super::unpivot::Unpivot;
use crate::diagnostic::{Code, did_you_mean};
use crate::expr::{ColumnArg, Fail, Grouping, Lowered, Reader, Refusal, Scope, Type};
use crate::sql::{self, Expr};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A source as the compiler sees it.
#[derive(Debug)]
pub(super) struct SourceView {
    /// Name.
    pub name: String,
    /// Columns.
    pub columns: Columns,
    /// How cells are read.
    pub reading: Reading,
    /// Compiled lets with the columns they read.
    pub lets: RefCell<BTreeMap<String, (Lowered, Vec<String>)>>,
    /// Rows have totals rows.
    pub totals_row: bool,
    /// Columns that became rows.
    pub unpivot: Option<Unpivot>,
}

/// Vars and the run's date, and which vars were used.
#[derive(Debug)]
pub(super) struct World<'a> {
    /// Vars of the environment.
    pub vars: &'a BTreeMap<String, String>,
    /// The run's date, ISO.
    pub run_date: &'a str,
    /// Vars used so far.
    pub used: RefCell<BTreeMap<String, String>>,
    /// Functions that run in Rhai's engine, of all expressions so far.
    pub functions: RefCell<Vec<std::sync::Arc<crate::expr::Runner>>>,
    /// The expressions compiled so far: place in the file, and why not as SQL.
    pub ways: RefCell<Vec<super::expressions::Way>>,
}

/// Answers for properties of an object such as `out` or `parent`.
pub(super) type Property<'a> = &'a dyn Fn(&str) -> Result<Lowered, Refusal>;

/// The scope of one expression.
pub(super) struct RowScope<'a> {
    /// The row's source; `None` in a check on a record.
    pub source: Option<&'a SourceView>,
    /// Vars.
    pub world: &'a World<'a>,
    /// Aggregates.
    pub grouping: Grouping,
    /// Objects with properties: `out`, `parent`, child records.
    pub objects: Vec<(&'a str, Property<'a>)>,
    /// Child records an aggregate may run over.
    pub children: Vec<&'a str>,
    /// Whether `total(…)` is there.
    pub totals: bool,
    /// Whether the expression is over the rows or records of one value of `by`.
    pub by: bool,
    /// Columns of `s` read, by SQL name.
    pub read: RefCell<Vec<String>>,
    /// Makes a `let` that is not made yet, where lets are being made: one may stand before those it uses.
    pub later: Option<&'a dyn Fn(&str)>,
}

impl<'a> RowScope<'a> {
    /// A scope over the rows of a source, and nothing else.
    pub fn rows(source: &'a SourceView, world: &'a World<'a>, grouping: Grouping) -> Self {
        Self {
            source: Some(source),
            world,
            grouping,
            objects: Vec::new(),
            children: Vec::new(),
            totals: false,
            by: false,
            read: RefCell::default(),
            later: None,
        }
    }

    fn source(&self) -> Result<&'a SourceView, Refusal> {
        self.source
            .ok_or_else(|| refusal("there is no row to read from here", "Use `out.` and the lines' names."))
    }

    /// Remembers that a column of `s` is read.
    pub fn note(&self, column: &str) {
        let mut read = self.read.borrow_mut();
        if !read.iter().any(|c| c == column) {
            read.push(column.to_owned());
        }
    }

    fn row(&self, property: &str) -> Result<Lowered, Refusal> {
        self.source()?;
        let (column, ty) = match property {
            "file" => ("_file", Type::Text),
            "sheet" => ("_sheet", Type::Text),
            "node" => ("_node", Type::Text),
            "number" => ("_row", Type::Number),
            _ => return Err(unknown("row", property, &["file", "sheet", "node", "number"])),
        };
        self.note(column);
        let value = Expr::of("s", column);
        let value = if ty == Type::Number { value.cast(sql::NUMBER) } else { value };
        Ok(Lowered::sure(ty, value))
    }

    fn env(&self, property: &str) -> Result<Lowered, Refusal> {
        let Some(value) = self.world.vars.get(property) else {
            let known: Vec<&str> = self.world.vars.keys().map(String::as_str).collect();
            return Err(unknown("env", property, &known));
        };
        self.world.used.borrow_mut().insert(property.to_owned(), value.clone());
        Ok(Lowered::sure(Type::Text, Expr::call("nullif", [Expr::text(value), Expr::text("")])))
    }
}

impl Scope for RowScope<'_> {
    fn grouping(&self) -> Grouping {
        self.grouping
    }

    fn read(&self, reader: Reader, column: &ColumnArg) -> Result<Lowered, Refusal> {
        let source = self.source()?;
        let column = source.columns.index(column, false)?;
        self.note(&format!("c{}", column + 1));
        if source.reading.native {
            self.note("_kind");
        }
        Ok(read(source, reader, Cell { alias: "s", column }))
    }

    fn name(&self, name: &str) -> Result<Lowered, Refusal> {
        let source = self.source()?;
        if let Some(make) = self.later.filter(|_| !source.lets.borrow().contains_key(name)) {
            make(name);
        }
        let lets = source.lets.borrow();
        if let Some((value, columns)) = lets.get(name) {
            columns.iter().for_each(|c| self.note(c));
            return Ok(value.clone());
        }
        Err(Refusal {
            message: format!("`{name}` is no `let` of source {}", source.name),
            help: did_you_mean(name, lets.keys().map(String::as_str)).or_else(|| {
                Some(format!(
                    "A column is read as text(\"{name}\") or num(\"{name}\"); text stands in double quotes."
                ))
            }),
        })
    }

    fn property(&self, object: &str, property: &str) -> Result<Lowered, Refusal> {
        if let Some((_, answer)) = self.objects.iter().find(|(name, _)| *name == object) {
            return answer(property);
        }
        match object {
            "row" => self.row(property),
            "env" => self.env(property),
            "run" if property == "date" => Ok(Lowered::sure(Type::Date, Expr::date(self.world.run_date))),
            "run" => Err(unknown("run", property, &["date"])),
            _ => {
                let mut known = vec!["row", "env", "run"];
                known.extend(self.objects.iter().map(|(name, _)| *name));
                Err(Refusal {
                    message: format!("there is no `{object}` here"),
                    help: did_you_mean(object, known.iter().copied())
                        .or_else(|| Some(format!("Known here: {}.", known.join(", ")))),
                })
            }
        }
    }

    fn total(&self, column: &ColumnArg) -> Result<Lowered, Refusal> {
        let source = self.source()?;
        if self.by {
            return Err(refusal(
                "the totals row is one figure for all values of `by`",
                "Check the total in a check of its own, without `by`.",
            ));
        }
        if !self.totals || !source.totals_row {
            return Err(refusal(
                "there is no totals row here",
                "total(…) belongs into a check on a source that has `stop_when` and `totals_row = true`.",
            ));
        }
        let column = source.columns.index(column, false)?;
        match &source.unpivot {
            Some(u) if column == u.value() => Ok(total_of_cells()),
            Some(u) if column == u.name() => Err(refusal(
                "this column holds headers, of which there is no total",
                "Name the column that holds the cells, or one that stays.",
            )),
            _ => Ok(source.reading.number(Cell { alias: "t", column }, false)),
        }
    }

    fn child(&self, object: &str) -> bool {
        self.children.contains(&object)
    }

    fn varies(&self, object: &str) -> bool {
        // In a check `by` something, `out` is each of several records.
        !matches!(object, "env" | "run" | "parent") && (object != "out" || (self.by && self.source.is_none()))
    }
}

/// The sum over all cells of the totals row that became rows.
fn total_of_cells() -> Lowered {
    let when = Expr::of("t", "_total_bad").or_else(Expr::flag(false));
    let reason = Expr::text("a cell of the totals row is not a number");
    let fail = Fail { when, code: Code::NOT_A_NUMBER, reason, value: None, column: None };
    Lowered { ty: Type::Number, value: Expr::of("t", "_total"), fails: vec![fail] }
}

/// A cell by one of the four readers.
pub(super) fn read(source: &SourceView, reader: Reader, cell: Cell) -> Lowered {
    match reader {
        Reader::Text => source.reading.text(cell),
        Reader::Num => source.reading.number(cell, false),
        Reader::Date => source.reading.date(cell),
        Reader::Flag => source.reading.flag(cell),
    }
}

pub(super) fn refusal(message: &str, help: &str) -> Refusal {
    Refusal { message: message.to_owned(), help: Some(help.to_owned()) }
}

pub(super) fn unknown(object: &str, property: &str, known: &[&str]) -> Refusal {
    Refusal {
        message: format!("`{object}` has no `{property}`"),
        help: did_you_mean(property, known.iter().copied())
            .or_else(|| (!known.is_empty()).then(|| format!("It has {}.", known.join(", ")))),
    }
}
