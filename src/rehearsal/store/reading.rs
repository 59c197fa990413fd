//! Reading the store: uploads, their results, records.

use super::{About, Counts, Form, Mark, Problem, Store, Taken, Upload, told_called};
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::sql::rehearsal::{self as sql, Condition, Order, Shape};

/// A page of what is asked for.
#[derive(Clone, Debug, Default)]
pub(in crate::rehearsal) struct Wanted {
    pub(in crate::rehearsal) condition: Option<Condition>,
    pub(in crate::rehearsal) order: Vec<Order>,
    pub(in crate::rehearsal) size: i64,
    pub(in crate::rehearsal) page: i64,
}

impl Wanted {
    fn offset(&self) -> i64 {
        self.page.saturating_mul(self.size)
    }
}

impl Store {
    /// An upload by id.
    pub(in crate::rehearsal) fn upload(&self, id: &str) -> Result<Option<Taken>> {
        Ok(self.db.rows(&sql::upload(), [id], taken_row)?.into_iter().next())
    }

    /// An upload by number.
    pub(in crate::rehearsal) fn taken(&self, n: i64) -> Result<Taken> {
        let found = self.db.rows(&sql::upload_numbered(), [n], taken_row)?.into_iter().next();
        found.ok_or_else(|| Diagnostic::error(Code::REHEARSAL, format!("upload {n} is gone")).into())
    }

    /// The last uploads, newest first, whatever lags.
    pub(in crate::rehearsal) fn uploads(&self, most: i64) -> Result<Vec<Taken>> {
        self.db.rows(&sql::uploads(None, &[], true), [most, 0], taken_row)
    }

    /// A page of uploads as a look-up sees them, and how many there are; what lags catches up by one.
    pub(in crate::rehearsal) fn look_up_uploads(&self, wanted: &Wanted) -> Result<(Vec<Taken>, u64)> {
        let condition = wanted.condition.as_ref();
        let text = sql::uploads(condition, &wanted.order, false);
        let rows = self.db.rows(&text, [wanted.size, wanted.offset()], taken_row)?;
        let total = self.db.count(&sql::upload_count(condition, false))?;
        self.catch_up()?;
        Ok((rows, total))
    }

    /// A page of records as JSON texts, as a look-up sees them, and how many there are; what lags catches up by one.
    pub(in crate::rehearsal) fn look_up_records(
        &self,
        shape: &Shape,
        wanted: &Wanted,
    ) -> Result<(Vec<String>, u64)> {
        let lags = self.lags_for(shape)?;
        let condition = wanted.condition.as_ref();
        let positive = |n: i64| u64::try_from(n).unwrap_or(0);
        let page = (positive(wanted.size), positive(wanted.offset()));
        let text = sql::records(shape, condition, &wanted.order, page, lags);
        let rows = self.db.rows(&text, [], |r| r.get(0))?;
        let total = self.db.count(&sql::count(shape, condition, lags))?;
        self.catch_up()?;
        Ok((rows, total))
    }

    /// Whether look-ups lag behind anything.
    pub(in crate::rehearsal) fn lags(&self) -> Result<bool> {
        Ok(self.db.count(sql::lagging())? > 0)
    }

    /// Whether look-ups lag behind records of this type.
    pub(in crate::rehearsal) fn lags_for(&self, shape: &Shape) -> Result<bool> {
        Ok(self.db.count(&sql::has_before(shape))? > 0)
    }

    /// A look-up was answered: what lags is nearer to being seen.
    pub(in crate::rehearsal) fn catch_up(&self) -> Result<()> {
        if self.db.change(sql::catch_up(), [])? > 0 && !self.lags()? {
            self.db.run(&sql::caught_up(&self.shapes))?;
        }
        Ok(())
    }

    /// Counts of an upload per record type.
    pub(in crate::rehearsal) fn results(&self, n: i64) -> Result<Vec<Counts>> {
        self.db.rows(sql::RESULTS, [n], |r| {
            Ok(Counts { model: r.get(0)?, counts: [r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?] })
        })
    }

    /// Keys of an upload that were refused or skipped.
    pub(in crate::rehearsal) fn problems(&self, n: i64) -> Result<Vec<Problem>> {
        self.db.rows(sql::PROBLEMS, [n], |r| {
            let (kind, text): (String, String) = (r.get(1)?, r.get(3)?);
            let messages = text.split('\u{1f}').map(str::to_owned).collect();
            Ok(Problem { model: r.get(0)?, error: kind == "error", key: r.get(2)?, messages })
        })
    }

    /// Records per record type.
    pub(in crate::rehearsal) fn counts(&self) -> Result<Vec<(String, u64)>> {
        let count = |s: &Shape| Ok((s.name.clone(), self.db.count(&sql::count(s, None, false))?));
        self.shapes.iter().map(count).collect()
    }
}

fn taken_row(r: &duckdb::Row<'_>) -> duckdb::Result<Taken> {
    let upload = Upload {
        n: r.get(0)?,
        id: r.get(1)?,
        created: r.get(2)?,
        modified: r.get(3)?,
        digest: r.get(4)?,
        bytes: r.get(5)?,
        state: r.get(6)?,
        failures: r.get(7)?,
        message: r.get(8)?,
    };
    let form: String = r.get(9)?;
    let about =
        About { app: r.get(10)?, parent: r.get(11)?, batch: r.get(12)?, total: r.get(13)?, full: r.get(14)? };
    let (share, seed, told): (Option<i64>, Option<String>, String) = (r.get(16)?, r.get(17)?, r.get(18)?);
    let refuse = share.and_then(|s| u8::try_from(s).ok()).zip(seed.and_then(|s| s.parse().ok()));
    let lag: i64 = r.get(19)?;
    let mark = Mark { refuse, told: told_called(&told), lag: u32::try_from(lag).unwrap_or(0) };
    Ok(Taken { upload, form: Form::called(&form), about, fault: r.get(15)?, mark })
}
