//! Statements of `diff` that refuse: what a rejected or held record takes along, references that nothing meets, keys of
//! others, lines that are gone.

use super::diff::{keys, old, read_keys, refused};
use super::map::ok;
use super::{Table, ident, literal};

/// Lines of a filtered header are filtered too.
pub fn filter_with_parent(child: &str, parent: &str) -> String {
    format!(
        "UPDATE {} SET _keep = FALSE WHERE _keep AND _parent IN (SELECT _rec FROM {} WHERE NOT _keep)",
        Table::new("mapped", child),
        Table::new("mapped", parent)
    )
}

/// Lines without a header.
pub fn refuse_orphans(child: &str, parent: &str) -> String {
    refusal(
        child,
        "'rejected'",
        "NULL",
        "'E324'",
        "r._key",
        &literal(&format!("no {parent} belongs to it in these files")),
        "r._parent IS NULL",
    )
}

/// Lines of a refused header.
pub fn hold_children(child: &str, parent: &str) -> String {
    refusal(
        child,
        "'held'",
        "NULL",
        "'E326'",
        "r._key",
        &literal(&format!("its {parent} is not sent")),
        &format!("r._parent IN (SELECT rec FROM mapped._refused WHERE record = {})", literal(parent)),
    )
}

/// Headers of a refused line.
pub fn hold_parent(child: &str, parent: &str) -> String {
    refusal(
        parent,
        "'held'",
        "NULL",
        "'E326'",
        "r._key",
        &literal(&format!("a {child} of it is not sent")),
        &format!(
            "r._rec IN (SELECT c._parent FROM {} c WHERE c._keep AND c._rec IN \
             (SELECT rec FROM mapped._refused WHERE record = {}))",
            Table::new("mapped", child),
            literal(child)
        ),
    )
}

/// All records of a type that is sent complete, for this reason.
pub fn hold_whole(record: &str, reason: &str) -> String {
    refusal(record, "'held'", "NULL", "'E340'", "r._key", &literal(reason), "TRUE")
}

/// How many records of these types are refused.
pub fn count_refused_of(records: &[&str]) -> String {
    let records: Vec<String> = records.iter().map(|r| literal(r)).collect();
    format!("SELECT count(*) FROM mapped._refused WHERE record IN ({})", records.join(", "))
}

/// Another mapping that has sent records of a model.
pub fn other_owner(model: &str, mapping: &str) -> String {
    format!(
        "SELECT coalesce(max(_owner), '') FROM {} WHERE _owner <> {} AND _gone IS NULL",
        old(model),
        literal(mapping)
    )
}

/// References that nothing meets: held when the target is refused in this plan, else rejected. A reference that is
/// sent later holds nothing.
pub fn refuse_references(record: &str, field: &str, model: &str, later: bool) -> String {
    let f = format!("r.{}", ident(field));
    let in_refused = format!("{f} IN (SELECT _key FROM {} WHERE _key IS NOT NULL)", refused(model));
    let spare = if later { format!(" AND NOT {in_refused}") } else { String::new() };
    refusal(
        record,
        &format!("CASE WHEN {in_refused} THEN 'held' ELSE 'rejected' END"),
        &literal(field),
        &format!("CASE WHEN {in_refused} THEN 'E323' ELSE 'E322' END"),
        &f,
        &format!(
            "CASE WHEN {in_refused} THEN {} ELSE {} END",
            literal(&format!("refers to a record of {model} that is not sent")),
            literal(&format!("no record of {model} has this key, neither in these files nor sent before"))
        ),
        &format!(
            "{f} IS NOT NULL AND {f} NOT IN (SELECT _key FROM {} WHERE _key IS NOT NULL){spare}",
            keys(model)
        ),
    )
}

/// How many different references of a field nothing meets.
pub fn count_references(record: &str, field: &str, model: &str) -> String {
    let f = ident(field);
    format!(
        "SELECT count(*) FROM (SELECT DISTINCT {f} AS k FROM {} WHERE {f} IS NOT NULL) WHERE k NOT IN \
         (SELECT _key FROM {} WHERE _key IS NOT NULL)",
        ok(record),
        keys(model)
    )
}

/// Records whose key another mapping owns.
pub fn refuse_owned(record: &str, model: &str, mapping: &str) -> String {
    let others = format!("{} o WHERE o._owner <> {} AND o._key = r._key", old(model), literal(mapping));
    refusal(
        record,
        "'rejected'",
        "NULL",
        "'E327'",
        "r._key",
        &format!("'was sent by the mapping ' || (SELECT max(o._owner) FROM {others}) || ', which owns it'"),
        &format!(
            "r._key IN (SELECT _key FROM {} WHERE _owner <> {} AND _key IS NOT NULL)",
            old(model),
            literal(mapping)
        ),
    )
}

/// Headers present today one of whose stored lines is gone, where the platform cannot be told.
pub fn refuse_missing_lines(
    child: &str,
    model: &str,
    mapping: &str,
    reference: &str,
    parent: &str,
) -> String {
    refusal(
        parent,
        "'rejected'",
        "NULL",
        "'E328'",
        "r._key",
        &literal(&format!("a {child} sent before is gone from the files, and the platform cannot be told")),
        &format!(
            "r._key IN (SELECT o.{} FROM {} o WHERE o._owner = {} AND o._record = {} AND o._gone IS NULL AND o._key \
             NOT IN (SELECT _key FROM {} WHERE _key IS NOT NULL))",
            ident(reference),
            old(model),
            literal(mapping),
            literal(child),
            read_keys(model)
        ),
    )
}

fn refusal(
    record: &str,
    status: &str,
    field: &str,
    code: &str,
    value: &str,
    reason: &str,
    when: &str,
) -> String {
    format!(
        "INSERT INTO mapped._refused SELECT {}, r._rec, r._rec, {status}, {field}, {code}, CAST({value} AS VARCHAR), {reason}, NULL \
         FROM {} r WHERE {when} ORDER BY r._rec",
        literal(record),
        ok(record)
    )
}

/// How many refusals there are.
pub fn count_refused() -> String {
    "SELECT count(*) FROM mapped._refused".to_owned()
}
