//! A checked upload of a record type into the true table, history, problems and result.

use super::{Shape, checked, true_table};
use crate::sql::{ident, literal};

/// What is applied.
#[derive(Clone, Copy, Debug)]
pub struct Applied<'a> {
    /// The upload's number.
    pub upload: i64,
    /// Its number in a series and the length of the series: what a whole record type lacks is deleted at the end.
    pub series: (i64, i64),
    /// Id of the first upload of the series.
    pub parent: Option<&'a str>,
}

/// Applies a checked upload of a record type. Four to seven statements.
pub fn apply(shape: &Shape, applied: &Applied<'_>) -> String {
    let upload = applied.upload;
    let (from, truth, model) = (checked(&shape.name), ident(&true_table(&shape.name)), literal(&shape.name));
    let names: Vec<String> = shape.columns.iter().map(|c| ident(&c.name)).collect();
    let values: String = names.iter().map(|n| format!(", nullif({n}, '')")).collect();
    let sets = names
        .iter()
        .map(|n| format!(", {n} = CASE WHEN c.{n} IS NULL THEN t.{n} ELSE nullif(c.{n}, '') END"));
    let sets: String = sets.collect();
    let columns: String = names.iter().map(|n| format!(", {n}")).collect();
    let good = "_errors IS NULL AND _skips IS NULL";
    let ends = applied.series.0 >= applied.series.1;
    let delete =
        if shape.whole && ends { delete_missing(&from, &truth, &model, applied) } else { String::new() };
    let deleted = format!(
        "(SELECT count(*) FROM history WHERE upload = {upload} AND model = {model} AND action = 'delete')"
    );
    format!(
        "{delete}\
         UPDATE {truth} t SET _updates = t._updates + 1{sets} FROM {from} c \
            WHERE c._key = t._key AND {good} AND c._exists AND NOT c._same;
         INSERT INTO {truth}(_key, _inserts, _updates{columns}) SELECT _key, 1, 0{values} FROM {from} \
            WHERE {good} AND NOT _exists ORDER BY _row;
         INSERT INTO history SELECT {upload}, {model}, _key, CASE WHEN _errors IS NOT NULL THEN 'error' \
            WHEN _skips IS NOT NULL THEN 'skip' WHEN NOT _exists THEN 'insert' WHEN _same THEN 'equal' \
            ELSE 'update' END FROM {from} ORDER BY _row;
         INSERT INTO problem SELECT {upload}, {model}, _key, CASE WHEN any_value(_errors) IS NOT NULL THEN 'error' \
            ELSE 'skip' END, coalesce(any_value(_errors), any_value(_skips)) FROM {from} WHERE NOT ({good}) \
            GROUP BY _key ORDER BY _key;
         INSERT INTO result SELECT {upload}, {model}, count(*) FILTER ({good} AND NOT _exists), \
            count(*) FILTER ({good} AND _exists AND NOT _same), \
            count(*) FILTER (_errors IS NULL AND (_skips IS NOT NULL OR (_exists AND _same))), \
            count(DISTINCT _key) FILTER (_errors IS NOT NULL), {deleted} FROM {from}"
    )
}

/// What a whole upload, or series of them, leaves out is deleted.
fn delete_missing(from: &str, truth: &str, model: &str, applied: &Applied<'_>) -> String {
    let upload = applied.upload;
    let mut sent = format!("SELECT _key FROM {from}");
    if let (Some(parent), true) = (applied.parent, applied.series.1 > 1) {
        let parent = literal(parent);
        sent.push_str(&format!(
            " UNION SELECT key FROM history WHERE model = {model} AND upload IN (SELECT u.n FROM upload u \
             JOIN request r ON r.n = u.n WHERE u.id = {parent} OR r.parent = {parent})"
        ));
    }
    format!(
        "INSERT INTO history SELECT {upload}, {model}, _key, 'delete' FROM {truth} \
            WHERE _key NOT IN ({sent}) ORDER BY _key;
         DELETE FROM {truth} WHERE _key IN (SELECT key FROM history \
            WHERE upload = {upload} AND model = {model} AND action = 'delete');\n"
    )
}
