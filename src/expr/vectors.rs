//! The only file that touches DuckDB's vectors: scalar functions over one STRUCT that give STRUCT(v, e), where `e`
//! says why there is no value. One Rust type serves all of them, each name with its own state (dependencies 3).
#![allow(unsafe_code)] // DuckDB hands over raw vectors; every access below is within the chunk's rows and types.

use super::compiled::Type;
use super::fallback::Runner;
use super::number::Number;
use super::value::{Failure, Value};
use crate::db::Db;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::sql::{Expr, NUMBER};
use duckdb::core::{DataChunkHandle, FlatVector, Inserter, LogicalTypeHandle, LogicalTypeId};
use duckdb::ffi::duckdb_string_t;
use duckdb::types::DuckString;
use duckdb::vscalar::{ScalarFunctionSignature, VScalar};
use duckdb::vtab::arrow::WritableVector;
use std::cell::RefCell;
use std::sync::Arc;

/// Name of the function that divides.
pub const DIVIDE: &str = "cw_div";
/// Name of the function that multiplies.
pub const MULTIPLY: &str = "cw_mul";
/// Name of the function that rounds to so many decimals.
pub const ROUND: &str = "cw_round";

/// A call of one of these three: a number, or NULL where it fails. DuckDB's own are slower on 28 digits: `TRY(a * b)` takes
/// twenty times as long, and even a product that cannot fail eight times; `round` five times (measured).
pub fn call(function: &str, a: Expr, b: Expr) -> Expr {
    let members = [("a".to_owned(), a.cast(NUMBER)), ("b".to_owned(), b.cast(NUMBER))];
    Expr::call(function, [Expr::pack(members)]).member("v")
}

/// A function over rows of values.
pub trait RowFunction: Send + Sync {
    /// Names and types of the STRUCT's members.
    fn inputs(&self) -> Vec<(String, Type)>;
    /// Type of the value.
    fn output(&self) -> Type;
    /// The value for one row.
    ///
    /// # Errors
    /// Why there is none.
    fn run(&self, row: Vec<Value>) -> std::result::Result<Value, Failure>;
    /// For two numbers: the value alone, where nobody asks why there is none.
    fn pair(&self) -> Option<fn(Number, Number) -> Option<Number>> {
        None
    }
}

/// An operation on two numbers. It never says why it failed: the SQL around it asks the same of its inputs.
struct Exact(fn(Number, Number) -> Option<Number>);

impl RowFunction for Exact {
    fn inputs(&self) -> Vec<(String, Type)> {
        vec![("a".to_owned(), Type::Number), ("b".to_owned(), Type::Number)]
    }
    fn output(&self) -> Type {
        Type::Number
    }
    fn run(&self, row: Vec<Value>) -> std::result::Result<Value, Failure> {
        let number = |n: usize| row.get(n).and_then(Value::number);
        let made = number(0).zip(number(1)).and_then(|(a, b)| (self.0)(a, b));
        Ok(made.map_or(Value::Empty, Value::Number))
    }
    fn pair(&self) -> Option<fn(Number, Number) -> Option<Number>> {
        Some(self.0)
    }
}

/// Registers the functions every expression may use.
pub fn install(db: &Db) -> Result<()> {
    add(db, ROUND, Arc::new(Exact(|number, decimals| number.round(decimals.as_whole()?))))?;
    add(db, DIVIDE, Arc::new(Exact(Number::over)))?;
    add(db, MULTIPLY, Arc::new(Exact(Number::times)))?;
    add(db, crate::sql::zones::WALL, Arc::new(super::zones::Wall))?;
    add(db, crate::sql::zones::UTC, Arc::new(super::zones::Utc))
}

/// Registers the function of one expression.
pub fn register(db: &Db, runner: &Arc<Runner>) -> Result<()> {
    add(db, runner.name(), runner.clone())
}

type State = Arc<dyn RowFunction>;

thread_local! {
    /// What [`Scalar::signatures`], which is static, is to answer on this thread.
    static WANTED: RefCell<Option<State>> = const { RefCell::new(None) };
}

fn add(db: &Db, name: &str, state: State) -> Result<()> {
    WANTED.set(Some(state.clone()));
    let done = db.connection().register_scalar_function_with_state::<Scalar>(name, &state);
    WANTED.set(None);
    done.map_err(|e| Diagnostic::error(Code::DATABASE, format!("DuckDB: {e}")).into())
}

struct Scalar;

impl VScalar for Scalar {
    type State = State;

    fn signatures() -> Vec<ScalarFunctionSignature> {
        let Some(wanted) = WANTED.with_borrow(Clone::clone) else { return Vec::new() };
        let inputs = wanted.inputs();
        let fields: Vec<(&str, LogicalTypeHandle)> =
            inputs.iter().map(|(n, t)| (n.as_str(), logical(*t))).collect();
        let given = LogicalTypeHandle::struct_type(&fields);
        let text = LogicalTypeHandle::from(LogicalTypeId::Varchar);
        let result = LogicalTypeHandle::struct_type(&[("v", logical(wanted.output())), ("e", text)]);
        vec![ScalarFunctionSignature::exact(vec![given], result)]
    }

    fn invoke(
        state: &State,
        input: &mut DataChunkHandle,
        output: &mut dyn WritableVector,
    ) -> std::result::Result<(), Box<dyn std::error::Error>> {
        let rows = input.len();
        let given = input.struct_vector(0);
        let inputs = state.inputs();
        let columns: Vec<Column<'_>> = inputs
            .iter()
            .enumerate()
            .map(|(n, (_, ty))| Column { ty: *ty, rows, data: given.child(n, rows) })
            .collect();
        let result = output.struct_vector();
        let (mut values, mut errors) = (result.child(0, rows), result.child(1, rows));
        if let (Some(operation), [a, b]) = (state.pair(), columns.as_slice()) {
            pairs(operation, a, b, &mut values, rows);
            (0..rows).for_each(|row| errors.set_null(row));
            return Ok(());
        }
        for row in 0..rows {
            let outcome = state.run(columns.iter().map(|c| c.get(row)).collect());
            match &outcome {
                Ok(_) => errors.set_null(row),
                Err(failure) => errors.insert(row, failure.encoded().as_str()),
            }
            write(&mut values, row, rows, outcome.unwrap_or(Value::Empty));
        }
        Ok(())
    }
}

/// An operation on two numbers, a whole chunk at once.
fn pairs(
    operation: fn(Number, Number) -> Option<Number>,
    a: &Column<'_>,
    b: &Column<'_>,
    values: &mut FlatVector<'_>,
    rows: usize,
) {
    for row in 0..rows {
        let units = a.number(row).zip(b.number(row)).and_then(|(a, b)| operation(a, b));
        match units {
            Some(n) => put(values, row, rows, halves(n)),
            None => values.set_null(row),
        }
    }
}

fn logical(ty: Type) -> LogicalTypeHandle {
    match ty {
        Type::Number => LogicalTypeHandle::decimal(28, 10),
        Type::Text | Type::Empty => LogicalTypeId::Varchar.into(),
        Type::Date => LogicalTypeId::Date.into(),
        Type::DateTime => LogicalTypeId::Timestamp.into(),
        Type::Flag => LogicalTypeId::Boolean.into(),
    }
}

/// A member of the STRUCT handed in.
struct Column<'a> {
    ty: Type,
    rows: usize,
    data: FlatVector<'a>,
}

impl Column<'_> {
    fn get(&self, row: usize) -> Value {
        if self.data.row_is_null(row as u64) {
            return Value::Empty;
        }
        match self.ty {
            Type::Number => self.number(row).map_or(Value::Empty, Value::Number),
            Type::Date => self.at::<i32>(row).map_or(Value::Empty, Value::Date),
            Type::DateTime => self.at::<i64>(row).map_or(Value::Empty, Value::DateTime),
            Type::Flag => self.at::<u8>(row).map_or(Value::Empty, |f| Value::Flag(f != 0)),
            Type::Text | Type::Empty => self.text(row),
        }
    }

    fn at<T: Copy>(&self, row: usize) -> Option<T> {
        // SAFETY: the vector holds `rows` values of the type its signature declares.
        unsafe { self.data.as_slice_with_len::<T>(self.rows) }.get(row).copied()
    }

    fn number(&self, row: usize) -> Option<Number> {
        if self.data.row_is_null(row as u64) {
            return None;
        }
        self.units(row).and_then(Number::from_units)
    }

    /// A HUGEINT by its halves, which need less alignment than `i128`.
    fn units(&self, row: usize) -> Option<i128> {
        let [low, high] = self.at::<[u64; 2]>(row)?;
        Some((i128::from(high.cast_signed()) << 64) | i128::from(low))
    }

    fn text(&self, row: usize) -> Value {
        let Some(mut held) = self.at::<duckdb_string_t>(row) else { return Value::Empty };
        Value::text(DuckString::new(&mut held).as_str())
    }
}

fn write(values: &mut FlatVector<'_>, row: usize, rows: usize, value: Value) {
    match value {
        Value::Empty => values.set_null(row),
        Value::Text(text) => values.insert(row, text.as_str()),
        Value::Number(n) => put(values, row, rows, halves(n)),
        Value::Date(day) => put(values, row, rows, day),
        Value::DateTime(micros) => put(values, row, rows, micros),
        Value::Flag(flag) => put(values, row, rows, u8::from(flag)),
    }
}

/// A number as a HUGEINT.
fn halves(n: Number) -> [u64; 2] {
    let units = n.units().cast_unsigned();
    #[allow(clippy::cast_possible_truncation)] // the two halves
    [units as u64, (units >> 64) as u64]
}

fn put<T: Copy>(values: &mut FlatVector<'_>, row: usize, rows: usize, value: T) {
    // SAFETY: as in `Column::at`, for the vector of results.
    if let Some(slot) = unsafe { values.as_mut_slice_with_len::<T>(rows) }.get_mut(row) {
        *slot = value;
    }
}
