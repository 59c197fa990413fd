//! Whether a plan still fits: refused before the first request when anything it relied on has changed.

use super::{Context, check, rules};
use crate::db::Db;
use crate::diagnostic::{Code, Collector, Diagnostic, Result};
use crate::plan::Head;
use crate::state::Reader;

/// Refuses a plan that no longer fits the mapping, the platform file, the environment or the state.
///
/// # Errors
/// E401: every reason.
pub(super) fn refuse(db: &Db, context: &Context, head: &Head) -> Result<()> {
    let mut all = Collector::default();
    let mut differ = |what: &str| {
        let help = format!("Plan again: crosswalk plan {}", head.mapping);
        all.push(Diagnostic::error(Code::STALE_PLAN, format!("the plan is stale: {what}")).help(help));
    };
    if head.environment != context.environment.name {
        differ(&format!(
            "it was made for environment {}, not {}",
            head.environment, context.environment.name
        ));
    }
    if head.environment == context.environment.name && !context.goes_to(&head.destination) {
        differ(&format!("it was made to go elsewhere ({})", head.destination));
    }
    if head.platform != context.platform.name || head.platform_print != context.platform.digest {
        differ("the platform file has changed since");
    }
    if let Some((limit, _)) = context.file.guard.age.as_ref().filter(|(_, ms)| older(context, head, *ms)) {
        let made = head.created.get(..16).unwrap_or_default().replace('T', " ");
        differ(&format!("it was made {made} UTC, and `age` in `[guard]` allows {}", limit.value));
    }
    let checked = check::again(context)?;
    if rules::print(context, &checked.mapping)? != head.rules_print {
        differ("the mapping or one of its lookups has changed since");
    }
    match Reader::open(db, &context.place)? {
        None if head.lineage != "none" => differ("the state it was compared with is gone"),
        None => {}
        Some(reader) => {
            // A state that an apply made and was killed before its run began is as good as none.
            let none = head.lineage == "none" && reader.untouched()?;
            if !none && Some(&head.lineage) != reader.meta("lineage")?.as_ref() {
                differ("it was compared with another state, or before there was one");
            } else if head.serial != reader.serial(&head.mapping)? {
                differ("another run of this mapping has changed records since");
            }
            let account = reader.meta("account")?;
            if head.account.is_some() && account != head.account {
                differ("the environment is bound to another account");
            }
            references(db, &reader, &mut differ)?;
            owners(db, &reader, head, &mut differ)?;
            reader.close()?;
        }
    }
    all.finish(()).map(|_| ())
}

/// Whether a plan was made more than so long ago; one that does not say when counts as old.
fn older(context: &Context, head: &Head, ms: u64) -> bool {
    let made: Option<jiff::Timestamp> = head.created.parse().ok();
    let age = made.map(|m| context.env.now().as_millisecond().saturating_sub(m.as_millisecond()));
    age.is_none_or(|age| age > i64::try_from(ms).unwrap_or(i64::MAX))
}

/// Whether the environment, the platform file, the mapping and its lookups are still those a plan was made with.
///
/// # Errors
/// As `check`.
pub(super) fn same_rules(context: &Context, head: &Head) -> Result<bool> {
    if head.environment != context.environment.name || head.platform_print != context.platform.digest {
        return Ok(false);
    }
    let checked = check::again(context)?;
    Ok(rules::print(context, &checked.mapping)? == head.rules_print)
}

/// Looks up once more whose the keys are that the plan sends.
fn owners(db: &Db, reader: &Reader<'_>, head: &Head, differ: &mut dyn FnMut(&str)) -> Result<()> {
    let stored = reader.stored()?;
    for model in head.models.iter().map(|m| &m.model).filter(|m| stored.contains_key(*m)) {
        let (n, key, owner): (i64, String, String) =
            db.one(&crate::sql::plan::taken_over(model, &head.mapping), [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        if n > 0 {
            let key = crate::report::escape::key(&key);
            differ(&format!(
                "{n} of its keys of {model} ({key} first) are by now those of the mapping {owner}"
            ));
        }
    }
    Ok(())
}

/// Looks up once more the keys of other records that the plan relies on.
fn references(db: &Db, reader: &Reader<'_>, differ: &mut dyn FnMut(&str)) -> Result<()> {
    let stored = reader.stored()?;
    let models = db.rows(&crate::sql::plan::referred_models(), [], |row| row.get::<_, String>(0))?;
    for model in models {
        let unmet = db.count(&crate::sql::deliver::unmet_references(&model, stored.contains_key(&model)))?;
        if unmet > 0 {
            differ(&format!("{unmet} records of {model} it refers to are no longer there"));
        }
    }
    Ok(())
}
