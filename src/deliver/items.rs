//! What is to be sent, in which wave: a model after those it refers to, second passes after their targets, removals
//! last.

use super::Delivery;
use crate::diagnostic::Result;
use crate::spec::platform::{BodyFormat, Model, Update};
use crate::sql::deliver::{self, Items, Later};
use crate::sql::diff::Column;

/// Fills `deliver.item` with what has no outcome in this run.
pub(super) fn make(d: &Delivery<'_>) -> Result<()> {
    d.setup()?;
    let levels = d.platform.levels();
    let ground = d.head.ground();
    for head in &d.head.models {
        let Some(model) = d.model(&head.model) else { continue };
        let columns = d.columns(&head.model);
        let later = later_of(d, model, &columns)?;
        let target = later.iter().filter_map(|l| levels.get(l.model)).max();
        let target_level = target.map_or(head.level, |l| u32::try_from(*l).unwrap_or(0));
        let own = own_reference(model).filter(|f| columns.iter().any(|c| c.name == *f));
        d.db.run(&deliver::items(&Items {
            model: &head.model,
            run: d.run,
            wave: head.level * 2,
            second: target_level.max(head.level) * 2 + 1,
            columns: &columns,
            later: &later,
            own: own.filter(|_| !model.whole),
            whole: model.whole,
            changed_only: d.platform.transport.update == Update::Changed,
            named: d.platform.transport.format == BodyFormat::Jsonl,
            ground: &ground,
        }))?;
    }
    Ok(())
}

/// The mapped fields of a model that are sent later.
pub(super) fn later_of<'a>(d: &Delivery<'_>, model: &'a Model, columns: &[Column]) -> Result<Vec<Later<'a>>> {
    let mapped = later(model).filter(|(field, _)| columns.iter().any(|c| c.name == *field));
    mapped.map(|(field, target)| Ok(Later { field, model: target, stored: d.stored(target)? })).collect()
}

/// Fields sent later with the model they refer to.
pub(super) fn later(model: &Model) -> impl Iterator<Item = (&str, &str)> {
    model.fields.iter().filter_map(|f| {
        let refers = f.refers.as_ref().filter(|r| r.later)?;
        Some((f.name.as_str(), refers.model.as_str()))
    })
}

/// The field by which a record refers to another of its model.
fn own_reference(model: &Model) -> Option<&str> {
    model.reference_to(&model.name).map(|f| f.name.as_str())
}
