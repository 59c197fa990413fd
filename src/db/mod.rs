//! Opening and configuring DuckDB, running statements, appending batches. Knows no domain word and no SQL but the
//! fixed settings, transactions, ATTACH and CHECKPOINT.

mod load;

pub use load::{ColumnKind, RowBuffer, Sinks, TableShape};

use crate::diagnostic::{Code, Diagnostic, Result};
use duckdb::arrow::record_batch::RecordBatch;
use duckdb::{Connection, Params, Row};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a connection may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// DuckDB's memory limit in MiB; the process needs 15 to 40 % more (dependencies 1).
    pub memory_mib: u64,
    /// Worker threads.
    pub threads: usize,
    /// Where DuckDB may spill.
    pub spill: Option<PathBuf>,
    /// Folders that statements may read and write (ATTACH, COPY, Parquet).
    pub folders: Vec<PathBuf>,
}

/// One DuckDB with one connection. Not shared between threads.
pub struct Db {
    conn: Connection,
    /// By schema and table, the loaded columns whose texts need no cleaning.
    plain: RefCell<BTreeMap<(String, String), BTreeSet<String>>>,
    limits: Limits,
}

impl Db {
    /// Opens an in-memory database with the limits, extensions and outside access shut off.
    ///
    /// # Errors
    /// E901 when DuckDB refuses a setting.
    pub fn in_memory(limits: &Limits) -> Result<Self> {
        Self::with(Connection::open_in_memory().map_err(refused)?, limits)
    }

    /// Opens (or creates) a database file as the only owner of the path in this process.
    ///
    /// # Errors
    /// E901 when DuckDB refuses, also because another process holds the file.
    pub fn file(path: &Path, limits: &Limits) -> Result<Self> {
        Self::with(Connection::open(path).map_err(refused)?, limits)
    }

    fn with(conn: Connection, limits: &Limits) -> Result<Self> {
        let db = Self { conn, plain: RefCell::default(), limits: limits.clone() };
        let quoted = |p: &PathBuf| format!("'{}'", p.display().to_string().replace('\'', "''"));
        db.run("SET autoinstall_known_extensions=false; SET autoload_known_extensions=false; SET allow_community_extensions=false")?;
        db.run(&format!("SET threads={}; SET memory_limit='{}MiB'", limits.threads, limits.memory_mib))?;
        db.run("SET preserve_insertion_order=true; SET enable_progress_bar=false")?;
        if let Some(spill) = &limits.spill {
            db.run(&format!("SET temp_directory={}", quoted(spill)))?;
        }
        let folders: Vec<String> = limits.folders.iter().map(quoted).collect();
        db.run(&format!("SET allowed_directories=[{}]", folders.join(", ")))?;
        db.run("SET enable_external_access=false; SET lock_configuration=true")?;
        Ok(db)
    }

    /// Opens an in-memory database in which a statement of the user's may run: it reads no file, has one thread, and tells
    /// errors with their place.
    ///
    /// # Errors
    /// E901 when DuckDB refuses a setting.
    pub fn scratch(limits: &Limits) -> Result<Self> {
        let conn = Connection::open_in_memory().map_err(refused)?;
        conn.execute_batch("SET errors_as_json=true").map_err(refused)?;
        Self::with(conn, &Limits { threads: 1, folders: Vec::new(), ..limits.clone() })
    }

    /// A [`Db::scratch`] beside this one, with half its memory and the same place to spill.
    ///
    /// # Errors
    /// E901 when DuckDB refuses a setting.
    pub fn apart(&self) -> Result<Self> {
        Self::scratch(&Limits { memory_mib: (self.limits.memory_mib / 2).max(64), ..self.limits.clone() })
    }

    /// The connection itself, for registering functions.
    pub fn connection(&self) -> &Connection {
        &self.conn
    }

    /// Runs statements without parameters or result.
    ///
    /// # Errors
    /// E901 with DuckDB's message.
    pub fn run(&self, sql: &str) -> Result<()> {
        let _told = trace(sql);
        self.conn.execute_batch(sql).map_err(|e| refused_in(&e, sql))
    }

    /// Runs one statement with parameters; gives the number of rows changed.
    ///
    /// # Errors
    /// E901 with DuckDB's message.
    pub fn change<P: Params>(&self, sql: &str, params: P) -> Result<usize> {
        let _told = trace(sql);
        self.conn.execute(sql, params).map_err(|e| refused_in(&e, sql))
    }

    /// All rows of a small result, each through `read`.
    ///
    /// # Errors
    /// E901 with DuckDB's message, also when a column has another type than `read` takes.
    pub fn rows<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        mut read: impl FnMut(&Row<'_>) -> duckdb::Result<T>,
    ) -> Result<Vec<T>> {
        let _told = trace(sql);
        let mut statement = self.conn.prepare(sql).map_err(|e| refused_in(&e, sql))?;
        let rows = statement.query_map(params, |row| read(row)).map_err(|e| refused_in(&e, sql))?;
        rows.collect::<duckdb::Result<Vec<T>>>().map_err(|e| refused_in(&e, sql))
    }

    /// The one row of a result.
    ///
    /// # Errors
    /// E901, also when there is no row.
    pub fn one<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl FnOnce(&Row<'_>) -> duckdb::Result<T>,
    ) -> Result<T> {
        let _told = trace(sql);
        self.conn.query_row(sql, params, read).map_err(|e| refused_in(&e, sql))
    }

    /// A count.
    ///
    /// # Errors
    /// E901.
    pub fn count(&self, sql: &str) -> Result<u64> {
        self.one(sql, [], |row| row.get::<_, i64>(0)).map(|n| u64::try_from(n).unwrap_or(0))
    }

    /// Streams a result as Arrow batches into `each`, in bounded memory.
    ///
    /// # Errors
    /// E901, and whatever `each` gives.
    pub fn stream(&self, sql: &str, mut each: impl FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        let _told = trace(sql);
        let mut statement = self.conn.prepare(sql).map_err(|e| refused_in(&e, sql))?;
        for batch in statement.stream_arrow([]).map_err(|e| refused_in(&e, sql))? {
            each(batch.map_err(|e| refused_in(&e, sql))?)?;
        }
        Ok(())
    }

    /// Runs `work` in a transaction: commits on success, rolls back on failure.
    ///
    /// # Errors
    /// What `work` gives, or E901.
    pub fn transaction<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.run("BEGIN TRANSACTION")?;
        match work() {
            Ok(value) => {
                crate::env::step("before a commit");
                self.run("COMMIT")?;
                crate::env::step("after a commit");
                Ok(value)
            }
            Err(errors) => {
                // The first error is the one to tell; a failed rollback adds nothing to it.
                drop(self.run("ROLLBACK"));
                Err(errors)
            }
        }
    }

    /// Attaches a database file under a name.
    ///
    /// # Errors
    /// E901, also when another process holds it.
    pub fn attach(&self, path: &Path, name: &str, read_only: bool) -> Result<()> {
        let mode = if read_only { " (READ_ONLY)" } else { "" };
        self.run(&format!("ATTACH '{}' AS {name}{mode}", path.display().to_string().replace('\'', "''")))
    }

    /// Detaches a database.
    ///
    /// # Errors
    /// E901.
    pub fn detach(&self, name: &str) -> Result<()> {
        self.run(&format!("DETACH {name}"))
    }

    /// Writes everything of the main (or named) database into its file.
    ///
    /// # Errors
    /// E901.
    pub fn checkpoint(&self) -> Result<()> {
        self.run("CHECKPOINT")
    }

    /// Closes the database file.
    ///
    /// # Errors
    /// E901.
    pub fn close(self) -> Result<()> {
        self.conn.close().map_err(|(_, e)| refused(e).into())
    }
}

/// Prints a statement and how long it took when `CROSSWALK_TRACE_SQL` is set: the only way to see what ran where.
struct Trace<'a>(&'a str, std::time::Instant);

fn trace(sql: &str) -> Option<Trace<'_>> {
    static ON: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    let on = *ON.get_or_init(|| std::env::var_os("CROSSWALK_TRACE_SQL").is_some());
    on.then(|| Trace(sql, std::time::Instant::now()))
}

impl Drop for Trace<'_> {
    #[allow(clippy::print_stderr)]
    fn drop(&mut self) {
        eprintln!("-- sql {} us\n{};", self.1.elapsed().as_micros(), self.0);
    }
}

fn refused(error: duckdb::Error) -> Diagnostic {
    held(&error)
        .or_else(|| damaged(&error))
        .unwrap_or_else(|| Diagnostic::error(Code::DATABASE, format!("DuckDB: {error}")))
}

fn refused_in(error: &duckdb::Error, sql: &str) -> crate::diagnostic::Diagnostics {
    let head: String = sql.chars().take(4000).collect();
    held(error)
        .or_else(|| damaged(error))
        .unwrap_or_else(|| Diagnostic::error(Code::DATABASE, format!("DuckDB: {error}")).label(head))
        .into()
}

/// A block that is not as it was written: DuckDB finds that when it reads it, which may be in the middle of the work.
fn damaged(error: &duckdb::Error) -> Option<Diagnostic> {
    let text = error.to_string();
    let at = text.find("Corrupt database file")?;
    let why = text.get(at..).unwrap_or_default().lines().next().unwrap_or_default();
    let help = "`crosswalk state check` says whether it is the state; `crosswalk state restore` puts the copy back that was \
                made before the last apply, state.backup.duckdb.";
    Some(Diagnostic::error(Code::STATE_DAMAGED, format!("a database file is damaged: {why}")).help(help))
}

/// A file that another process has open: its user is to wait, nothing is wrong with us.
fn held(error: &duckdb::Error) -> Option<Diagnostic> {
    let text = error.to_string();
    let rest = text.split("Could not set lock on file").nth(1)?;
    let file = rest.split('"').nth(1).unwrap_or("the file");
    let holder = rest.split("(PID ").nth(1).and_then(|r| r.split(')').next());
    let holder = holder.map_or("another process".to_owned(), |pid| format!("process {pid}"));
    let help = "Wait until it has finished (or end it, if it is a `crosswalk rehearse`), then call again.";
    Some(
        Diagnostic::error(Code::STATE_LOCKED, format!("{holder} has {file} open (Could not set lock)"))
            .help(help),
    )
}
