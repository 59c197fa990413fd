//! To whom an environment is bound: the account and the client that it first sent to (design 5). Nothing is sent, asked for or
//! gone on with elsewhere.

use super::Context;
use super::apply::Session;
use super::connect::Connection;
use crate::deliver::Delivery;
use crate::diagnostic::{Code, Diagnostic, Result};
use crate::plan::file;
use crate::sql::state as sql;
use crate::state::{OpenRun, Reader};

/// What the state says of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Bound {
    /// The platform's name of the account.
    account: Option<String>,
    /// The vars in the platform's paths, as [`Context::client`] writes them.
    client: Option<String>,
}

impl Bound {
    /// Of a state that is attached.
    pub fn read(reader: &Reader<'_>) -> Result<Self> {
        Ok(Self { account: reader.meta("account")?, client: reader.meta("client")? })
    }

    /// The account.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Refuses another client, and credentials of another account. Gives whether the platform told that the account is the one.
    ///
    /// # Errors
    /// E509, and E5xx when the account cannot be asked for.
    pub fn refuse_another(&self, context: &Context, connection: &Connection) -> Result<bool> {
        let name = &context.environment.name;
        let now = context.client();
        if let Some(client) = self.client.as_ref().filter(|client| **client != now) {
            let message = format!("environment {name} belongs to {client}; it says {now} now");
            return elsewhere(message, "Correct its `vars` (or --var), or make an environment of its own.");
        }
        let Some(bound) = &self.account else { return Ok(false) };
        match connection.transport.account()? {
            Some(now) if now != *bound => elsewhere(
                format!("environment {name} belongs to account {bound}; the credentials are of {now}"),
                "Correct the secret or the address, or make an environment of its own.",
            ),
            told => Ok(told.is_some()),
        }
    }
}

/// Refuses to settle what was left open, or to send its rest, elsewhere than where it began: at the account that the
/// environment is bound to or, where none is told, at the address that was reviewed.
///
/// # Errors
/// E509.
pub(super) fn same_destination(
    session: &Session<'_>,
    connection: &Connection,
    open: &[OpenRun],
) -> Result<()> {
    let context = session.context();
    let known = match session.bound()? {
        Some(bound) => bound.refuse_another(context, connection)?,
        None => false,
    };
    for run in open {
        let path = context.place.open_plan(&run.plan);
        let began = if path.exists() { file::head(&path)?.destination } else { continue };
        if !(context.goes_to(&began) || (known && context.same_client(&began))) {
            let message =
                format!("run {} of plan {} is open, and began elsewhere ({began})", run.run, run.number);
            let help = "Put `at` and `vars` of the environment back until the run is settled, or make an environment of its own.";
            return elsewhere(message, help);
        }
    }
    Ok(())
}

/// Writes down to whom the environment speaks for the first time.
///
/// # Errors
/// E5xx, E901.
pub(super) fn bind(context: &Context, delivery: &Delivery<'_>, connection: &Connection) -> Result<()> {
    let bound = Bound::read(&Reader::over(delivery.db))?;
    let set = |key: &str, value: &str| delivery.db.run(&sql::set_meta(sql::ALIAS, key, value));
    if bound.account.is_none()
        && let Some(account) = connection.transport.account()?
    {
        set("account", &account)?;
    }
    let client = context.client();
    if bound.client.is_none() && !client.is_empty() {
        set("client", &client)?;
    }
    Ok(())
}

fn elsewhere<T>(message: String, help: &str) -> Result<T> {
    Diagnostic::error(Code::WRONG_ACCOUNT, message).help(help).alone()
}
