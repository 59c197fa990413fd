//! Plan → ordered batches → platform → outcomes → baseline. The only caller of `platform`.
//!
//! The protocol: a batch's intent (with its digest and members) is committed before the first byte is sent, the
//! platform's id before it is asked for the end, the outcomes with the end. Killed anywhere, [`settle`] finds out
//! what became of the batch in flight: the platform's id is polled; without an id, running uploads are awaited and
//! the same bytes are sent again where the platform file allows it; where not, its records are unknown.

mod batch;
mod bisect;
mod breaker;
pub mod finish;
mod flight;
mod items;
mod ledger;
mod outcome;
mod send;
mod series;
mod settle;
mod verify;

pub use finish::{Summary, fold_run};
pub use settle::settle;

use crate::db::Db;
use crate::diagnostic::Result;
use crate::env::Env;
use crate::plan::Head;
use crate::platform::{Owners, Transport};
use crate::spec::platform::Platform;
use crate::sql::decisions;
use crate::sql::deliver;
use crate::sql::state::{self, RunEvent};

/// What a delivery works with. The database has the plan's relations and the state attached for writing.
pub struct Delivery<'a> {
    /// The database.
    pub db: &'a Db,
    /// The platform file.
    pub platform: &'a Platform,
    /// The way there.
    pub transport: &'a dyn Transport,
    /// The plan's head.
    pub head: &'a Head,
    /// The world.
    pub env: &'a Env,
    /// Run number.
    pub run: i64,
    /// Digest of the plan file.
    pub plan: &'a str,
    /// Plan number.
    pub number: i64,
    /// Told after each batch: records done, records in all.
    pub progress: &'a dyn Fn(u64, u64),
    /// Told what takes long.
    pub say: &'a dyn Fn(&str),
}

impl Owners for Delivery<'_> {
    fn owner(&self, model: &str, id: &str) -> Result<Option<String>> {
        if !self.stored(model)? {
            return Ok(None);
        }
        self.db.one(&deliver::owner(model, id), [], |row| row.get(0))
    }
}

impl Delivery<'_> {
    /// Commits the start of the run, with what was decided about its changes (`plan.decided`).
    ///
    /// # Errors
    /// E901.
    pub fn start(&self) -> Result<()> {
        self.db.transaction(|| {
            self.db.run(&self.run_event("start", 0, ""))?;
            self.db.run(&decisions::hold_decided(self.run, &self.now(), &self.head.mapping))
        })
    }

    /// Sends everything that has no outcome yet, wave by wave, then ends the run.
    ///
    /// # Errors
    /// E5xx when the platform cannot go on (the run stays open for what is in flight), E901.
    pub fn send(&self) -> Result<Summary> {
        items::make(self)?;
        let stopped = send::waves(self);
        ledger::requests(self, 0)?;
        match stopped? {
            // What is left is for the next call: it was approved.
            Some(why) => finish::summary(self, Some(why)),
            None => finish::finish(self, None),
        }
    }

    fn now(&self) -> String {
        self.env.now().to_string()
    }

    fn run_event(&self, event: &str, records: i64, why: &str) -> String {
        state::run_event(&RunEvent {
            run: self.run,
            event,
            at: &self.now(),
            mapping: &self.head.mapping,
            plan: self.plan,
            number: self.number,
            records,
            why,
        })
    }

    fn commit(&self, sql: &str) -> Result<()> {
        self.db.transaction(|| self.db.run(sql))
    }

    fn model(&self, name: &str) -> Option<&crate::spec::platform::Model> {
        self.platform.model(name)
    }

    /// Whether the state has a table for a model, of whichever mapping.
    fn stored(&self, model: &str) -> Result<bool> {
        Ok(self.db.count(&state::stored(model))? > 0)
    }

    fn columns(&self, model: &str) -> Vec<crate::sql::diff::Column> {
        columns(self.head, model)
    }

    fn setup(&self) -> Result<()> {
        self.db.run(&deliver::setup())
    }
}

/// The columns of a model in a plan.
fn columns(head: &Head, model: &str) -> Vec<crate::sql::diff::Column> {
    let head = head.models.iter().find(|m| m.model == model);
    head.iter()
        .flat_map(|h| &h.columns)
        .map(|c| crate::sql::diff::Column {
            name: c.name.clone(),
            ty: c.sql_type.clone(),
            ignore: !c.compared,
            always: false,
            like: Vec::new(),
        })
        .collect()
}
