//! One record: its fields in the platform's order, its key, its parent, its filter, groups and `covers`.

use super::lookup::Known;
use super::scope::{RowScope, SourceView, World, unknown};
use super::typed::{Cell, as_text, field_value};
use super::value::{Built, Place, Wrong, build, expression};
use super::{Covers, FieldPlan, Link, RecordPlan};
use crate::diagnostic::{Code, did_you_mean};
use crate::expr::{Aggregate, ColumnArg, Grouping, Lowered, Refusal, Type};
use crate::spec::mapping::{Missing, OnEmpty, Origin, RecordSpec, ValueSpec};
use crate::spec::platform::{Field, FieldType, Model};
use crate::spec::walk::Spot;
use crate::sql::Expr;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What a record is built from.
pub(super) struct Surroundings<'a> {
    pub spec: &'a RecordSpec,
    pub model: &'a Model,
    pub source: &'a SourceView,
    pub world: &'a World<'a>,
    pub lookups: &'a [Known],
    /// The parent's plan and model, and whether this source stands within the parent's.
    pub parent: Option<(&'a RecordPlan, &'a Model)>,
    pub within: Option<&'a str>,
}

/// Builds the record's plan, or says everything that is wrong with it.
pub(super) fn record(around: &Surroundings<'_>) -> Result<RecordPlan, Vec<Wrong>> {
    let builder = Builder {
        around,
        built: RefCell::default(),
        underway: RefCell::default(),
        wrong: RefCell::default(),
        aggregates: RefCell::default(),
    };
    builder.run()
}

struct Builder<'a> {
    around: &'a Surroundings<'a>,
    built: RefCell<BTreeMap<String, Option<FieldPlan>>>,
    underway: RefCell<Vec<String>>,
    wrong: RefCell<Vec<Wrong>>,
    aggregates: RefCell<Vec<Aggregate>>,
}

impl Builder<'_> {
    fn run(self) -> Result<RecordPlan, Vec<Wrong>> {
        let Surroundings { spec, model, source, .. } = self.around;
        self.check_names();
        if model.whole {
            self.check_whole();
        }
        let link = self.link();
        let fields: Vec<FieldPlan> =
            model.fields.iter().filter_map(|f| self.platform_field(f, &link)).collect();
        let filter = spec.filter.as_ref().and_then(|text| self.condition(text));
        let group = spec.group_by.iter().filter_map(|g| self.group_key(g)).collect();
        let covers = spec.covers.as_ref().and_then(|text| self.covers(text));
        let plan = RecordPlan {
            name: spec.name.value.clone(),
            model: model.name.clone(),
            source: source.name.clone(),
            filter,
            group,
            aggregates: self.aggregates.take(),
            link,
            fields,
            key: model.key.clone(),
            set: set(model),
            missing: self.missing(),
            // A line's coverage is its header's: diff asks the parent (rules 3).
            covers,
        };
        let wrong = self.wrong.take();
        if wrong.is_empty() { Ok(plan) } else { Err(wrong) }
    }

    fn push(&self, wrong: Wrong) {
        self.wrong.borrow_mut().push(wrong);
    }

    fn grouped(&self) -> bool {
        !self.around.spec.group_by.is_empty()
    }

    /// Fields that the model does not have, and record names that expressions could not say.
    fn check_names(&self) {
        let Surroundings { spec, model, .. } = self.around;
        if RESERVED.contains(&spec.name.value.as_str()) {
            let message = format!(
                "a record cannot be called `{}`: the word means something in expressions",
                spec.name.value
            );
            let help = Some("Choose another name, such as the word with a number behind it.".to_owned());
            self.push(Wrong::new(Code::RESERVED_NAME, &spec.name.span, message, help));
        }
        for (name, _) in &spec.fields {
            if model.field(&name.value).is_none() {
                let own = RECORD_KEYS.contains(&name.value.as_str()).then(|| {
                    let record = &spec.name.value;
                    format!(
                        "`{}` is a key of [record.{record}]: move it above [record.{record}.fields].",
                        name.value
                    )
                });
                let known = model.fields.iter().map(|f| f.name.as_str());
                let help = own.or_else(|| did_you_mean(&name.value, known)).or_else(|| {
                    Some(format!("[[model]] {} in the platform file lists its fields.", model.name))
                });
                let message = format!("{} has no field `{}`", model.name, name.value);
                self.push(Wrong::new(Code::UNKNOWN_FIELD, &name.span, message, help));
            }
        }
    }

    /// What a record type that is sent complete each time cannot have.
    fn check_whole(&self) {
        let Surroundings { spec, model, .. } = self.around;
        let wrong = |span: &std::ops::Range<usize>, what: &str, help: &str| {
            let message = format!("{} is sent complete each time, so {what}", model.name);
            self.push(Wrong::new(Code::WHOLE_RECORD, span, message, Some(help.to_owned())));
        };
        if let Some(covers) = spec.covers.as_ref().filter(|c| c.value.trim() != "all") {
            let help = "Leave `covers` out, and give the source all of its records.";
            wrong(&covers.span, "what this export does not cover would be gone there", help);
        }
        if let Some(missing) = spec.missing.as_ref().filter(|m| m.value != Missing::Delete) {
            let help = "Leave `missing` out: what is no longer in the files is left out, and gone there.";
            wrong(&missing.span, "a record left out of it cannot stay", help);
        }
        let leave = |v: &ValueSpec| v.on_empty.clone().filter(|o| o.value == OnEmpty::Leave);
        for on_empty in spec.fields.iter().filter_map(|(_, v)| leave(v)) {
            let help = "Leave `on_empty` out: an empty field is sent empty.";
            wrong(&on_empty.span, "each record carries all fields", help);
        }
    }

    fn link(&self) -> Link {
        let Some((parent, parent_model)) = self.around.parent else { return Link::None };
        let name = parent.name.clone();
        if parent.source == self.around.source.name {
            return Link::SameRow { parent: name };
        }
        if self.around.within == Some(parent.source.as_str()) {
            return Link::Within { parent: name };
        }
        let Some(field) = self.reference_to(parent_model) else {
            self.no_reference(parent_model);
            return Link::Within { parent: name };
        };
        if self.spec_of(&field).is_none() {
            let help = format!(
                "The lines stand in a file of their own: map `{field}` to the column that holds the key of `{name}`."
            );
            let message =
                format!("`{}` does not say which `{name}` it belongs to", self.around.spec.name.value);
            self.push(Wrong::new(Code::NO_LINK, &self.around.spec.name.span, message, Some(help)));
        }
        Link::Key { parent: name, field }
    }

    fn reference_to(&self, parent: &Model) -> Option<String> {
        self.around.model.reference_to(&parent.name).map(|f| f.name.clone())
    }

    fn no_reference(&self, parent: &Model) {
        let message = format!("no field of {} refers to {}", self.around.model.name, parent.name);
        let span = self.around.spec.parent.as_ref().map_or(0..0, |p| p.span.clone());
        let help =
            "Name as parent a record whose type one of its fields refers to (`ref` in the platform file).";
        self.push(Wrong::new(Code::NO_LINK, &span, message, Some(help.to_owned())));
    }

    fn spec_of(&self, field: &str) -> Option<&ValueSpec> {
        self.around.spec.fields.iter().find(|(n, _)| n.value == field).map(|(_, v)| v)
    }

    fn platform_field(&self, field: &Field, link: &Link) -> Option<FieldPlan> {
        if self.spec_of(&field.name).is_some() {
            return self.field(&field.name);
        }
        if let (Some(plan), false) = (self.parent_key_field(field, link), matches!(link, Link::Key { .. })) {
            return Some(plan);
        }
        if field.required && !self.around.spec.broken.contains(&field.name) {
            let help = format!("Add `{} = …` to its fields: {}", field.name, field.doc);
            let message = format!("`{}` is required by the platform and has no value", field.name);
            self.push(Wrong::new(Code::MISSING_FIELD, &self.around.spec.name.span, message, Some(help)));
        }
        None
    }

    /// The reference to the parent, filled in.
    fn parent_key_field(&self, field: &Field, link: &Link) -> Option<FieldPlan> {
        let (_, parent_model) = self.around.parent?;
        let refers = self.reference_to(parent_model)?;
        (refers == field.name && *link != Link::None).then(|| FieldPlan {
            name: field.name.clone(),
            ty: field.ty,
            value: Expr::of("p", "_key"),
            fails: Vec::new(),
            leave: false,
            ignore: field.ignore,
            compare: None,
            unsure_length: None,
            from: vec![format!("key of {}", link.parent().unwrap_or_default())],
            column: None,
            fallback: None,
            misses: None,
        })
    }

    /// A mapped field, built once; `None` when it is wrong (noted) or refers to itself.
    fn field(&self, name: &str) -> Option<FieldPlan> {
        if let Some(known) = self.built.borrow().get(name) {
            return known.clone();
        }
        let spec = self.spec_of(name)?;
        let field = self.around.model.field(name)?;
        self.underway.borrow_mut().push(name.to_owned());
        let built = self.build(spec, field);
        self.underway.borrow_mut().pop();
        let plan = match built {
            Ok(built) => {
                self.aggregates.borrow_mut().extend(built.compiled.aggregates.iter().cloned());
                Some(plan(spec, field, built, self.around.source))
            }
            Err(wrong) => {
                self.wrong.borrow_mut().extend(wrong);
                None
            }
        };
        self.built.borrow_mut().insert(name.to_owned(), plan.clone());
        plan
    }

    fn build(&self, spec: &ValueSpec, field: &Field) -> Result<Built, Vec<Wrong>> {
        let whole_expression = matches!(&spec.origin, Origin::From(t) if t.value.starts_with('='));
        let constant = matches!(spec.origin, Origin::Const(_));
        let grouping = if self.grouped() && whole_expression { Grouping::Group } else { Grouping::Rows };
        let out = |property: &str| self.out(property);
        let parent = |property: &str| self.parent(property);
        let mut scope = RowScope::rows(self.around.source, self.around.world, grouping);
        scope.objects = vec![("out", &out), ("parent", &parent)];
        let prefix = format!("{}#", field.name);
        let place = Place {
            source: self.around.source,
            scope: &scope,
            lookups: self.around.lookups,
            prefix: &prefix,
            rows_agree: self.grouped() && !whole_expression && !constant,
        };
        build(spec, field, &place)
    }

    fn out(&self, property: &str) -> Result<Lowered, Refusal> {
        if self.underway.borrow().iter().any(|f| f == property) {
            return Err(Refusal { message: format!("`out.{property}` would need itself"), help: None });
        }
        let fields: Vec<&str> = self.around.spec.fields.iter().map(|(n, _)| n.value.as_str()).collect();
        if self.spec_of(property).is_none() {
            return Err(unknown("out", property, &fields));
        }
        if let Some(plan) = self.field(property) {
            return Ok(field_value(plan.value, plan.ty));
        }
        // Its mistake has been told; what refers to it is not another one.
        let ty = self.around.model.field(property).map_or(FieldType::Text, |f| f.ty);
        Ok(field_value(Expr::null(&ty.sql()), ty))
    }

    fn parent(&self, property: &str) -> Result<Lowered, Refusal> {
        let Some((parent, _)) = self.around.parent else {
            let help = "Write `parent = \"…\"` in this record.".to_owned();
            return Err(Refusal { message: "this record has no parent".to_owned(), help: Some(help) });
        };
        if parent.source != self.around.source.name && self.around.within != Some(parent.source.as_str()) {
            let help = "It is found by its key only after the lines are read; use the columns of the lines."
                .to_owned();
            return Err(Refusal {
                message: "the parent stands in another file".to_owned(),
                help: Some(help),
            });
        }
        let fields: Vec<&str> = parent.fields.iter().map(|f| f.name.as_str()).collect();
        let field = parent.fields.iter().find(|f| f.name == property);
        let field = field.ok_or_else(|| unknown("parent", property, &fields))?;
        Ok(field_value(Expr::of("p", property), field.ty))
    }

    fn row_scope(&self) -> RowScope<'_> {
        RowScope::rows(self.around.source, self.around.world, Grouping::Rows)
    }

    fn flag(&self, text: &Spot<String>, scope: &RowScope<'_>, what: &str) -> Option<Lowered> {
        match expression(text, scope, "") {
            Ok(compiled) if compiled.result.ty == Type::Flag => Some(compiled.result),
            Ok(compiled) => {
                let message = format!("`{what}` must give yes/no, not {}", compiled.result.ty.word());
                let help =
                    Some("Compare it with something, as in `text(\"Status\") == \"open\"`.".to_owned());
                self.push(Wrong::new(Code::WRONG_FIELD_TYPE, &text.span, message, help));
                None
            }
            Err(wrong) => {
                self.wrong.borrow_mut().extend(wrong);
                None
            }
        }
    }

    fn condition(&self, text: &Spot<String>) -> Option<Lowered> {
        self.flag(text, &self.row_scope(), "where")
    }

    fn group_key(&self, text: &Spot<String>) -> Option<Lowered> {
        if text.value.starts_with('=') {
            return match expression(text, &self.row_scope(), "") {
                Ok(compiled) => Some(as_text(compiled.result)),
                Err(wrong) => {
                    self.wrong.borrow_mut().extend(wrong);
                    None
                }
            };
        }
        let source = self.around.source;
        match source.columns.index(&ColumnArg::Name(text.value.clone()), false) {
            Ok(column) => Some(source.reading.text(Cell { alias: "s", column })),
            Err(r) => {
                let message = format!("{} in the files of source {}", r.message, source.name);
                self.push(Wrong::new(Code::UNKNOWN_COLUMN, &text.span, message, r.help));
                None
            }
        }
    }

    fn covers(&self, text: &Spot<String>) -> Option<Covers> {
        match text.value.trim() {
            "all" => return None,
            "part" => return Some(Covers { holds: Expr::flag(false), columns: Vec::new() }),
            _ => {}
        }
        let stored = |property: &str| {
            let names: Vec<&str> = self.around.spec.fields.iter().map(|(n, _)| n.value.as_str()).collect();
            let field = self.around.model.field(property).filter(|_| names.contains(&property));
            let field = field.ok_or_else(|| unknown("out", property, &names))?;
            Ok(field_value(Expr::of("o", property), field.ty))
        };
        let mut scope = self.row_scope();
        scope.objects = vec![("out", &stored)];
        let holds = self.flag(text, &scope, "covers")?.value;
        Some(Covers { holds, columns: scope.read.take() })
    }

    fn missing(&self) -> Missing {
        let Surroundings { spec, model, .. } = self.around;
        if model.whole {
            return Missing::Delete;
        }
        let can_write = model.deactivate.is_some() || model.delete;
        let default = if spec.parent.is_some() && !can_write { Missing::Reject } else { Missing::Keep };
        let Some(wanted) = &spec.missing else {
            return self.around.parent.map_or(default, |(parent, _)| {
                if can_write && parent.missing != Missing::Reject { parent.missing } else { default }
            });
        };
        let possible = match wanted.value {
            Missing::Deactivate => model.deactivate.is_some(),
            Missing::Delete => model.delete,
            Missing::Keep => true,
            Missing::Reject => spec.parent.is_some(),
        };
        if !possible {
            let message = format!("{} cannot be treated so on this platform when missing", model.name);
            let help = "The platform file names no way to write it; `missing = \"keep\"` notes it as absent."
                .to_owned();
            self.push(Wrong::new(Code::BAD_MISSING, &wanted.span, message, Some(help)));
        }
        wanted.value
    }
}

fn plan(spec: &ValueSpec, field: &Field, built: Built, source: &SourceView) -> FieldPlan {
    let column = match built.from.as_slice() {
        [one] => source.columns.names().iter().position(|n| n == one).map(|n| format!("c{}", n + 1)),
        _ => None,
    };
    FieldPlan {
        name: field.name.clone(),
        ty: field.ty,
        value: built.compiled.result.value,
        fails: built.compiled.result.fails,
        leave: spec.on_empty.as_ref().is_some_and(|o| o.value == OnEmpty::Leave),
        ignore: field.ignore,
        compare: spec.compare.as_ref().map(|c| c.value.clone()),
        unsure_length: field.length.filter(|_| !field.sure && spec.max.is_none()),
        from: built.from,
        column,
        fallback: built.compiled.fallback,
        misses: built.misses,
    }
}

fn set(model: &Model) -> super::Set {
    super::Set { single: model.singleton, by_content: model.by_content(), whole: model.whole }
}

/// Fields of a record whose type cannot be known: the model has none of that name, or the value could not be read.
pub(super) fn untyped<'a>(spec: &'a RecordSpec, model: &Model) -> Vec<&'a str> {
    let unknown = spec.fields.iter().map(|(n, _)| n.value.as_str()).filter(|n| model.field(n).is_none());
    unknown.chain(spec.broken.iter().map(String::as_str)).collect()
}

/// What stands for a record with mistakes while the checks on it are looked at: its fields with their types.
pub(super) fn stand_in(spec: &RecordSpec, model: &Model) -> RecordPlan {
    let named = |f: &&Field| {
        let mapped = spec.fields.iter().any(|(n, _)| n.value == f.name) || spec.broken.contains(&f.name);
        // The reference to the parent is filled in.
        mapped || (spec.parent.is_some() && f.refers.is_some())
    };
    let field = |f: &Field| FieldPlan {
        name: f.name.clone(),
        ty: f.ty,
        value: Expr::null(&f.ty.sql()),
        fails: Vec::new(),
        leave: false,
        ignore: f.ignore,
        compare: None,
        unsure_length: None,
        from: Vec::new(),
        column: None,
        fallback: None,
        misses: None,
    };
    RecordPlan {
        name: spec.name.value.clone(),
        model: model.name.clone(),
        source: spec.from.value.clone(),
        filter: None,
        group: Vec::new(),
        aggregates: Vec::new(),
        link: spec.parent.as_ref().map_or(Link::None, |p| Link::SameRow { parent: p.value.clone() }),
        fields: model.fields.iter().filter(named).map(field).collect(),
        key: model.key.clone(),
        set: set(model),
        missing: Missing::Keep,
        covers: None,
    }
}

/// Keys of a record that end up among its fields when they stand below them.
const RECORD_KEYS: &[&str] = &["model", "from", "where", "group_by", "covers", "missing", "parent", "same"];

/// Words that mean something in expressions.
const RESERVED: &[&str] = &[
    "out", "parent", "env", "run", "row", "text", "num", "date", "flag", "total", "sum", "count", "min",
    "max", "first", "last", "list", "distinct", "if", "else", "switch", "true", "false", "in", "let",
    "const", "fn", "for", "while", "loop", "return", "throw", "try", "catch", "import", "export", "as", "is",
    "private", "this", "global", "reject",
];
