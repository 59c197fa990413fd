//! The platform file's record types as the shapes that `sql::rehearsal` makes statements for.

use crate::spec::platform::{Field, FieldType, Model, Platform};
use crate::sql::rehearsal::{Column, Kind, Shape};

/// The shapes, in the file's order.
pub(super) fn shapes(platform: &Platform) -> Vec<Shape> {
    platform.models.iter().map(shape).collect()
}

/// The order in which the record types of an upload are processed: what is referred to comes first.
pub(super) fn order(platform: &Platform) -> Vec<usize> {
    let levels = platform.levels();
    let level = |n: &usize| platform.models.get(*n).and_then(|m| levels.get(m.name.as_str())).copied();
    let mut order: Vec<usize> = (0..platform.models.len()).collect();
    order.sort_by_key(|n| (level(n).unwrap_or(usize::MAX), *n));
    order
}

fn shape(model: &Model) -> Shape {
    Shape {
        name: model.name.clone(),
        key: if model.key.iter().all(|k| sent(model, k)) { model.key.clone() } else { Vec::new() },
        whole: model.whole,
        columns: model.fields.iter().map(column).collect(),
    }
}

/// Whether a field of the key comes over the wire; where it does not, the platform's own ids tell records apart.
fn sent(model: &Model, key: &str) -> bool {
    model.field(key).is_some_and(|f| f.wire.name.as_deref() != Some(""))
}

fn column(field: &Field) -> Column {
    Column {
        name: field.name.clone(),
        kind: if field.utc { Kind::Utc } else { kind(field.ty) },
        required: field.required && field.wire.name.as_deref() != Some(""),
        length: field.length.filter(|_| field.sure),
        one_of: field.one_of.clone(),
        pattern: field.pattern.clone(),
        refers: field.refers.as_ref().map(|r| (r.model.clone(), r.field.clone())),
    }
}

fn kind(ty: FieldType) -> Kind {
    match ty {
        FieldType::Text => Kind::Text,
        FieldType::Uuid => Kind::Uuid,
        FieldType::Integer => Kind::Integer,
        FieldType::Decimal(scale) => Kind::Decimal(scale),
        FieldType::Boolean => Kind::Boolean,
        FieldType::Date => Kind::Date,
        FieldType::DateTime => Kind::DateTime,
        FieldType::Object => Kind::Object,
    }
}
