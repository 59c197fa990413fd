//! A field's value: origin, then the steps in their fixed order (design 3, Values), as one SQL value with its failures.

use super::constant::{constant, constant_text};
use super::fit::{empties, limits, narrow, too_fine};
use super::lookup::{self, Known};
use super::scope::{RowScope, SourceView};
use super::typed::{Cell, as_text, expression_as};
use crate::diagnostic::Code;
use crate::expr::{Compiled, Fail, Lowered, Type, compile};
use crate::spec::mapping::{Case, Compare, Miss, Origin, ValueSpec};
use crate::spec::platform::{Field, FieldType};
use crate::spec::walk::Spot;
use crate::sql::{self, Expr, read};
use std::ops::Range;

/// Why a value cannot be built: a message with a place in the mapping file.
#[derive(Clone, Debug)]
pub(super) struct Wrong {
    pub code: Code,
    pub span: Range<usize>,
    /// Whether `span` is inside an expression's text (offsets into the string's value).
    pub inside: Option<Range<usize>>,
    pub message: String,
    pub label: Option<String>,
    pub help: Option<String>,
}

impl Wrong {
    pub fn new(code: Code, span: &Range<usize>, message: impl Into<String>, help: Option<String>) -> Self {
        Self { code, span: span.clone(), inside: None, message: message.into(), label: None, help }
    }
}

/// What the value refers to beside its scope.
pub(super) struct Place<'a> {
    pub source: &'a SourceView,
    pub scope: &'a RowScope<'a>,
    /// Known lookups.
    pub lookups: &'a [Known],
    /// Prefix for the columns of aggregates.
    pub prefix: &'a str,
    /// In a group, for a value without an aggregate of its own: the rows' values must agree.
    pub rows_agree: bool,
}

/// A value of the platform's SQL type with everything known about it.
#[derive(Clone, Debug)]
pub(super) struct Built {
    pub compiled: Compiled,
    pub from: Vec<String>,
    /// Whether a row's value misses a lookup without being refused, and that value.
    pub misses: Option<(Expr, Expr)>,
}

/// One source of a value: a cell, or something already typed.
enum Item {
    Cell(Cell),
    Made(Lowered),
}

/// Compiles an expression string at `span`; `text` without the leading `=`, `skip` bytes of it.
pub(super) fn expression(
    text: &Spot<String>,
    scope: &RowScope<'_>,
    prefix: &str,
) -> Result<Compiled, Vec<Wrong>> {
    let (bare, skip) = text.value.strip_prefix('=').map_or((text.value.as_str(), 0), |rest| (rest, 1));
    let compiled = compile(bare, scope, prefix);
    if let Ok(compiled) = &compiled {
        scope.world.functions.borrow_mut().extend(compiled.functions.iter().cloned());
        scope.world.ways.borrow_mut().push((text.span.clone(), compiled.fallback.clone()));
    }
    compiled.map_err(|mistakes| {
        mistakes
            .into_iter()
            .map(|m| Wrong {
                code: m.code,
                span: text.span.clone(),
                inside: Some(m.span.start + skip..m.span.end + skip),
                message: m.message,
                label: m.label,
                help: m.help,
            })
            .collect()
    })
}

/// Builds a field's value.
pub(super) fn build(spec: &ValueSpec, field: &Field, place: &Place<'_>) -> Result<Built, Vec<Wrong>> {
    let mut parts = Parts::default();
    let items = parts.items(&spec.origin, field, place)?;
    lookup::check(spec, place)?;
    lookup::gives_what_fits(spec, field)?;
    zone_is_there(spec, field, place)?;
    can_be_compared(spec, field)?;
    let wide = spec.round.is_some();
    let misses = if parts.aggregates.is_empty() { misses(spec, &items, place)? } else { None };
    let mut value = match &spec.origin {
        Origin::Const(c) => constant(c, field)?,
        _ if has_text_steps(spec) => {
            let text = steps(spec, texts_of(spec, &items, place), place)?;
            narrow(spec, lookup::reading(spec, place).text_as(text, field, wide), field)
        }
        _ => match direct(spec, &items, field, place) {
            Some(value) => value,
            None => narrow(spec, coalesce(typed(&items, spec, field, place, wide)?), field),
        },
    };
    if place.rows_agree {
        value = agree(limits(spec, value, field), place, &mut parts);
    }
    if let Some(default) = &spec.default {
        value.value = value.value.or_else(constant(default, field)?.value);
    }
    value = empties(spec, value, field);
    let result = if place.rows_agree && spec.default.is_none() { value } else { limits(spec, value, field) };
    let compiled =
        Compiled { result, aggregates: parts.aggregates, fallback: parts.fallback, functions: Vec::new() };
    Ok(Built { compiled, from: parts.from, misses })
}

/// A source whose times are of no known zone cannot fill a field in UTC. (Where its dates have no hours, a row that
/// has some all the same is rejected.)
fn zone_is_there(spec: &ValueSpec, field: &Field, place: &Place<'_>) -> Result<(), Vec<Wrong>> {
    let reading = &place.source.reading;
    let hours = reading.dates.iter().any(|d| d.to_lowercase().contains('h'));
    if !field.utc || reading.zone.is_some() || !hours || matches!(spec.origin, Origin::Const(_)) {
        return Ok(());
    }
    let message = format!(
        "`{}` is sent in UTC, and source {} does not say of which zone its times are",
        field.name, place.source.name
    );
    let help =
        format!("Add `timezone = \"Europe/Berlin\"` (or the zone it is) to source {}.", place.source.name);
    Err(vec![Wrong::new(Code::NO_ZONE, &spec.span, message, Some(help))])
}

/// Letter case is one of texts, a distance one of numbers.
fn can_be_compared(spec: &ValueSpec, field: &Field) -> Result<(), Vec<Wrong>> {
    let Some(compare) = &spec.compare else { return Ok(()) };
    let (fits, kind) = match &compare.value {
        Compare::Ignore => return Ok(()),
        Compare::Case => (matches!(field.ty, FieldType::Text | FieldType::Uuid), "a text"),
        Compare::Within(_) => (matches!(field.ty, FieldType::Decimal(_) | FieldType::Integer), "a number"),
    };
    if fits {
        return Ok(());
    }
    let message = format!("`{}` is not {kind}, which this `compare` is for", field.name);
    let help = "\"case\" is for texts, a number such as 0.01 for numbers, \"ignore\" for all.".to_owned();
    Err(vec![Wrong::new(Code::WRONG_TYPE, &compare.span, message, Some(help))])
}

/// A decimal field that comes from one column as it is: read at its scale at once.
fn direct(spec: &ValueSpec, items: &[Item], field: &Field, place: &Place<'_>) -> Option<Lowered> {
    match (items, field.ty, spec.round) {
        ([Item::Cell(cell)], FieldType::Decimal(scale), None) => {
            place.source.reading.decimal(*cell, scale, &too_fine(scale))
        }
        _ => None,
    }
}

/// In a group, a value per row becomes one value: all non-empty ones must agree.
fn agree(value: Lowered, place: &Place<'_>, parts: &mut Parts) -> Lowered {
    let column = format!("{}agree", place.prefix);
    let differs = Fail {
        when: Expr::col(&format!("{column}!")).or_else(Expr::flag(false)),
        code: Code::GROUP_DIFFERS,
        reason: Expr::text("differs between the rows of the group"),
        value: None,
        column: value.fails.first().and_then(|f| f.column.clone()),
    };
    let ty = value.ty;
    let result = Lowered { ty, value: Expr::col(&column), fails: vec![differs] };
    let how = crate::expr::Aggregation::Agree;
    parts.aggregates.push(crate::expr::Aggregate { column, relation: None, how, argument: Some(value), ty });
    result
}

/// Builds a `let`: a typed value, text when it comes from columns.
pub(super) fn build_let(spec: &ValueSpec, place: &Place<'_>) -> Result<Lowered, Vec<Wrong>> {
    let any = Field {
        name: String::new(),
        ty: FieldType::Text,
        length: None,
        sure: true,
        required: false,
        one_of: Vec::new(),
        pattern: None,
        refers: None,
        ignore: false,
        currency: None,
        utc: false,
        personal: false,
        wire: Default::default(),
        doc: String::new(),
    };
    let mut parts = Parts::default();
    let items = parts.items(&spec.origin, &any, place)?;
    if let ([Item::Made(value)], false) = (items.as_slice(), has_text_steps(spec)) {
        return Ok(value.clone());
    }
    build(spec, &any, place).map(|b| b.compiled.result)
}

#[derive(Default)]
struct Parts {
    aggregates: Vec<crate::expr::Aggregate>,
    fallback: Option<String>,
    from: Vec<String>,
}

impl Parts {
    fn items(&mut self, origin: &Origin, field: &Field, place: &Place<'_>) -> Result<Vec<Item>, Vec<Wrong>> {
        let texts: Vec<&Spot<String>> = match origin {
            Origin::From(one) => vec![one],
            Origin::FirstOf(many) | Origin::Parts(many) => many.iter().collect(),
            Origin::Const(c) => {
                self.from.push(format!("constant {}", constant_text(&c.value)));
                vec![]
            }
        };
        let mut items = Vec::new();
        let mut wrong = Vec::new();
        for text in texts {
            match self.item(text, field, place) {
                Ok(item) => items.push(item),
                Err(more) => wrong.extend(more),
            }
        }
        if wrong.is_empty() { Ok(items) } else { Err(wrong) }
    }

    fn item(&mut self, text: &Spot<String>, field: &Field, place: &Place<'_>) -> Result<Item, Vec<Wrong>> {
        if text.value.starts_with('=') {
            let prefix = format!("{}{}_", place.prefix, self.aggregates.len());
            let compiled = expression(text, place.scope, &prefix)?;
            let read = place.scope.read.borrow();
            let columns: Vec<String> = read.iter().filter_map(|c| column_name(c, place)).collect();
            self.from.extend(columns.into_iter().filter(|c| !self.from.contains(c)).collect::<Vec<_>>());
            self.aggregates.extend(compiled.aggregates);
            self.fallback = self.fallback.take().or(compiled.fallback);
            return Ok(Item::Made(super::trim::trimmed(&text.value, compiled.result)));
        }
        let name = crate::expr::ColumnArg::Name(text.value.clone());
        let object = field.ty == FieldType::Object;
        let column = place.source.columns.index(&name, object).map_err(|r| {
            let message = format!("{} in the files of source {}", r.message, place.source.name);
            let help = meant(&text.value, field).or(r.help);
            vec![Wrong::new(Code::UNKNOWN_COLUMN, &text.span, message, help)]
        })?;
        place.scope.note(&format!("c{}", column + 1));
        self.from.push(text.value.clone());
        Ok(Item::Cell(Cell { alias: "s", column }))
    }
}

/// What was meant where a text that is no column looks like something else: a constant, or an expression.
fn meant(text: &str, field: &Field) -> Option<String> {
    if field.one_of.iter().any(|o| o == text) {
        return Some(format!("For the same text in every record write {{ const = \"{text}\" }}."));
    }
    let (called, rest) = text.trim().split_once('(')?;
    let call = !called.is_empty() && called.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (call && rest.ends_with(')')).then(|| format!("An expression begins with `=`: '={}'.", text.trim()))
}

fn column_name(sql_name: &str, place: &Place<'_>) -> Option<String> {
    let n: usize = sql_name.strip_prefix('c')?.parse().ok()?;
    place.source.columns.names().get(n.checked_sub(1)?).cloned()
}

fn has_text_steps(spec: &ValueSpec) -> bool {
    spec.extract.is_some() || spec.case.is_some() || spec.pad_left.is_some() || spec.lookup.is_some()
}

fn text_of(item: &Item, place: &Place<'_>) -> Lowered {
    match item {
        Item::Cell(cell) => place.source.reading.text(*cell),
        Item::Made(value) => as_text(value.clone()),
    }
}

fn typed(
    items: &[Item],
    spec: &ValueSpec,
    field: &Field,
    place: &Place<'_>,
    wide: bool,
) -> Result<Vec<Lowered>, Vec<Wrong>> {
    let one = |item: &Item| match item {
        Item::Cell(cell) => Ok(place.source.reading.cell_as(*cell, field, wide)),
        Item::Made(value) => expression_as(value.clone(), field, &place.source.reading).map_err(|why| {
            vec![Wrong::new(
                Code::WRONG_FIELD_TYPE,
                &spec.span,
                format!("the value of `{}` {why}", field.name),
                None,
            )]
        }),
    };
    items.iter().map(one).collect()
}

/// The first non-empty; a later one can only fail where the earlier ones are empty.
fn coalesce(values: Vec<Lowered>) -> Lowered {
    let mut values = values.into_iter();
    let Some(first) = values.next() else { return Lowered::sure(Type::Empty, Expr::null("VARCHAR")) };
    values.fold(first, |sum, next| {
        let none_failed = sum.fails.iter().map(|f| f.when.clone().negate());
        let guard = Expr::all(none_failed.chain([sum.value.clone().is_null()]));
        let fails =
            sum.fails.iter().cloned().chain(next.fails.into_iter().map(|f| f.only_if(&guard))).collect();
        Lowered { ty: sum.ty, value: sum.value.or_else(next.value), fails }
    })
}

fn steps(spec: &ValueSpec, mut texts: Vec<Lowered>, place: &Place<'_>) -> Result<Lowered, Vec<Wrong>> {
    for text in &mut texts {
        if let Some(pattern) = &spec.extract {
            text.value = extract(&text.value, pattern)?;
        }
        if let Some(case) = spec.case {
            let function = if case == Case::Upper { "upper" } else { "lower" };
            text.value = Expr::call(function, [text.value.clone()]);
        }
        if let Some((width, fill)) = spec.pad_left {
            text.value = sql::steps::pad_left(&text.value, width, fill);
        }
    }
    Ok(match &spec.lookup {
        Some(used) => lookup::look_up(used, spec.miss, texts, place),
        None => coalesce(texts),
    })
}

/// The texts that the steps begin with: those of several key columns, else one.
fn texts_of(spec: &ValueSpec, items: &[Item], place: &Place<'_>) -> Vec<Lowered> {
    let texts: Vec<Lowered> = items.iter().map(|i| text_of(i, place)).collect();
    if matches!(spec.origin, Origin::Parts(_)) { texts } else { vec![coalesce(texts)] }
}

/// Whether a row's value misses a lookup that keeps or empties it, and that value; for values made from `s` alone.
fn misses(spec: &ValueSpec, items: &[Item], place: &Place<'_>) -> Result<Option<(Expr, Expr)>, Vec<Wrong>> {
    if spec.lookup.is_none() || spec.miss == Miss::Reject {
        return Ok(None);
    }
    let texts = texts_of(spec, items, place);
    let after = steps(&ValueSpec { miss: Miss::Null, ..spec.clone() }, texts.clone(), place)?.value;
    // Several parts take no steps before the lookup.
    let joined = |a: Expr, b: Expr| a.op("||", Expr::text(" / ")).op("||", b);
    let before = match texts.len() {
        1 => steps(&ValueSpec { lookup: None, ..spec.clone() }, texts, place)?.value,
        _ => match texts.into_iter().map(|t| t.value).reduce(joined) {
            Some(before) => before,
            None => return Ok(None),
        },
    };
    let from_parent = before.to_string().contains("\"p\".");
    let misses = Expr::all([before.clone().is_not_null(), after.is_null()]);
    Ok((!from_parent).then_some((misses, before)))
}

fn extract(text: &Expr, pattern: &Spot<String>) -> Result<Expr, Vec<Wrong>> {
    let groups = crate::expr::regex_groups(&pattern.value).map_err(|why| {
        vec![Wrong::new(Code::BAD_PATTERN, &pattern.span, format!("not a regular expression: {why}"), None)]
    })?;
    let group = Expr::int(i64::from(groups > 0));
    let found = Expr::call("regexp_extract", [text.clone(), Expr::text(&pattern.value), group]);
    Ok(read::clean(found, &[]))
}
