use super::Outcome;
use super::output::Output;
use crate::db::Db;
use crate::diagnostic::Result;
use crate::env::Env;
use crate::job::Workplace;
use crate::spec::platform::Resend;
use crate::spec::workspace::REHEARSAL;
use crate::sql::state as sql;
use crate::state::{self, Place, Reader, Running};

/// Which environment is looked at.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct At {
    /// Environment; the rehearsal when there is no other.
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// Platform of the rehearsal; without it, every rehearsal there has been.
    #[arg(long)]
    platform: Option<String>,
}

/// The folder of an environment, or of a platform's rehearsal.
pub(super) struct Spot {
    pub(super) place: Place,
    /// What it is, for people.
    title: String,
    /// Whether a record of unknown outcome is sent again by itself, as that does no harm there.
    pub(super) sends_again: bool,
}

impl At {
    /// ` --env oslo`, as a command would have to name it; empty where none is named.
    pub(super) fn named(&self) -> String {
        self.env.as_ref().map_or_else(String::new, |name| format!(" --env {name}"))
    }

    /// Its folder; of the rehearsal one for each platform that was rehearsed.
    pub(super) fn spots(&self, env: &Env) -> Result<Vec<Spot>> {
        let workplace = Workplace::find(env)?;
        let environment = workplace.environment(self.env.as_deref())?;
        let platforms = match environment.platform.clone().or_else(|| self.platform.clone()) {
            Some(platform) => vec![platform],
            None => workplace.rehearsed(),
        };
        let spot = |platform: &String| {
            let title = match environment.name.as_str() {
                REHEARSAL => format!("Rehearsal of {platform}. Nothing leaves this machine."),
                name => format!("{name}: {platform} {}", environment.at.clone().unwrap_or_default()),
            };
            let sends_again = workplace.resend(&environment, platform) == Some(Resend::Upsert);
            Ok(Spot { place: workplace.place(&environment, platform)?, title, sends_again })
        };
        platforms.iter().map(spot).collect()
    }

    /// Lets `work` read each state, also beside a running apply, with the destination first and last. Gives what `work` gives;
    /// nothing before anything was applied, which is said.
    pub(super) fn read<T>(
        &self,
        env: &Env,
        output: &Output,
        mut work: impl FnMut(&Db, &Reader<'_>, &Spot) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        for spot in self.spots(env)? {
            all.extend(Self::read_one(&spot, env, output, &mut work)?);
        }
        Ok(all)
    }

    pub(super) fn read_one<T>(
        spot: &Spot,
        env: &Env,
        output: &Output,
        work: impl FnOnce(&Db, &Reader<'_>, &Spot) -> Result<T>,
    ) -> Result<Option<T>> {
        output.line(&spot.title);
        let db = state::database(&spot.place)?;
        let view = state::look(&db, &spot.place, env)?;
        view.running.iter().flat_map(Running::lines).for_each(|line| output.line(&line));
        let told = match view.reader {
            None => {
                output.line("Nothing has been applied yet.");
                Ok(None)
            }
            Some(reader) => {
                let told = work(&db, &reader, spot);
                reader.close()?;
                told.map(Some)
            }
        };
        if told.is_ok() {
            output.line(&spot.title);
        }
        told
    }
}

/// What happened: the last runs, what the platform holds of ours, what is unsettled
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    at: At,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    arguments.at.read(env, output, |db, reader, spot| told(db, reader, spot.sends_again, output))?;
    Ok(0)
}

fn told(db: &Db, reader: &Reader<'_>, sends_again: bool, output: &Output) -> Result<()> {
    if let Some(account) = reader.meta("account")? {
        output.line(&format!("Account {account}"));
    }
    output.line("Last runs");
    let runs = db.rows(&sql::history(10), [], |row| {
        Ok(format!(
            "  {:>4}  {} plan {}  {}  {} records  {}",
            row.get::<_, i64>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, i64>(2)?,
            row.get::<_, String>(3)?,
            row.get::<_, i64>(5)?,
            row.get::<_, String>(6)?
        ))
    })?;
    runs.iter().for_each(|line| output.line(line));
    output.line("At the platform, sent by us");
    for model in reader.stored()?.keys() {
        let (n, absent, gone) = db.one(&sql::holdings(model), [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })?;
        let absent = if absent > 0 { format!(", {absent} absent from the files") } else { String::new() };
        let gone = if gone > 0 { format!(", {gone} deactivated or deleted") } else { String::new() };
        output.line(&format!("  {n:>8}  {model}{absent}{gone}"));
    }
    for run in reader.open_runs()? {
        let accepted = db.count(&sql::count_accepted(run.run))?;
        output.line(&format!(
            "Run {} of {} (plan {}) is open: {accepted} accepted so far, not counted above. The next run goes on with it.",
            run.run, run.mapping, run.number
        ));
    }
    unknown(db, sends_again, output)
}

/// Records of which nobody knows what became, and what follows from it at this platform.
fn unknown(db: &Db, sends_again: bool, output: &Output) -> Result<()> {
    let all = db.rows(&sql::unknown(), [], |row| {
        Ok(format!(
            "  {} {}  {}",
            row.get::<_, String>(0)?,
            row.get::<_, String>(2)?,
            row.get::<_, Option<String>>(3)?.unwrap_or_default()
        ))
    })?;
    if !all.is_empty() {
        output.line(if sends_again {
            "Unknown: the next run sends these again, as the files have them then"
        } else {
            "Unknown: nothing is sent for these until they are settled (crosswalk holds says how)"
        });
        all.iter().for_each(|line| output.line(line));
    }
    Ok(())
}
