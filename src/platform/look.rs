//! Questions beside an upload: whose account this is, and which uploads the platform has taken.

use super::caller::{Caller, with_id};
use super::client::{Ask, Failure, Method, Payload, Reply};
use super::retry::Outcome;
use super::transport::Found;
use crate::diagnostic::{Code, Diagnostic, Result};

/// How far the platform's clock may be behind ours when its list is searched.
const CLOCK_SKEW_S: i64 = 300;

impl Caller {
    /// The uploads the platform took since `time`, its clock being up to five minutes behind ours; `None` when the
    /// platform has no list. The caller leaves out those it knows.
    ///
    /// # Errors
    /// E502 to E504 when the list could not be had: then nothing is known, and nothing may be sent again.
    pub fn find_since(&self, time: jiff::Timestamp) -> Result<Option<Vec<Found>>> {
        let Some(path) = &self.platform.transport.find else { return Ok(None) };
        let json = self.ask(path)?;
        let records = json
            .get("records")
            .unwrap_or(&json)
            .as_array()
            .ok_or_else(|| not_understood("no list of uploads"))?;
        let mut found = Vec::new();
        for record in records {
            let text = |pointer: &str| record.pointer(pointer).and_then(|v| v.as_str()).map(str::to_owned);
            let id =
                text(&self.platform.transport.id).ok_or_else(|| not_understood("an upload without id"))?;
            let state = text(&self.platform.transport.state).unwrap_or_default();
            found.push(Found { id, state, created: text("/created").as_deref().and_then(instant) });
        }
        let since = time.as_second() - CLOCK_SKEW_S;
        let recent = |f: &Found| f.created.is_none_or(|c| c.as_second() >= since);
        let listed = found.len() as u64;
        let all = found.iter().all(recent);
        if all && json.get("totalCount").and_then(serde_json::Value::as_u64).is_some_and(|n| n > listed) {
            return Err(not_understood("more uploads since then than the platform lists on one page").into());
        }
        found.retain(recent);
        Ok(Some(found))
    }

    /// The account behind the credentials; `None` when the platform file does not say how to ask.
    ///
    /// # Errors
    /// E502 to E504.
    pub fn account(&self) -> Result<Option<String>> {
        let Some(account) = &self.platform.account else { return Ok(None) };
        let json = self.ask(&account.get)?;
        match json.pointer(&account.is).and_then(|v| v.as_str()) {
            Some(name) => Ok(Some(name.to_owned())),
            None => Err(Diagnostic::error(
                Code::PLATFORM_REFUSED,
                "the platform does not say whose account this is",
            )
            .help("The credentials may be wrong or expired.")
            .into()),
        }
    }

    /// Asks the platform to give up an upload; whether the platform file says how.
    ///
    /// # Errors
    /// E502, E503.
    pub fn cancel(&self, id: &str) -> Result<bool> {
        let Some(path) = &self.platform.transport.cancel else { return Ok(false) };
        let path = with_id(path, id).map_err(|why| not_understood(&why))?;
        self.reply(&Ask { safe: true, ..Ask::send(Method::Delete, &path, Payload::None) })?;
        Ok(true)
    }

    /// Asks and wants JSON.
    fn ask(&self, path: &str) -> Result<serde_json::Value> {
        Ok(self.reply(&Ask::get(path))?.json().map_err(|e| not_understood(&e))?)
    }

    /// Makes a request that must go well.
    fn reply(&self, ask: &Ask<'_>) -> Result<Reply> {
        self.answered(ask, self.call(ask))
    }

    /// The answer to a request that must go well.
    pub(super) fn answered(&self, ask: &Ask<'_>, outcome: Outcome) -> Result<Reply> {
        match outcome {
            Ok(reply) if reply.fine() => Ok(reply),
            Ok(reply) => {
                let code =
                    if reply.throttled() { Code::PLATFORM_UNREACHABLE } else { Code::PLATFORM_REFUSED };
                let message =
                    format!("{} answered {} with {}", self.client.address(), ask.shown(), reply.words());
                let denied = matches!(reply.status, 401 | 403);
                let help = denied.then(|| "The credentials are missing, wrong or expired.".to_owned());
                Err(Diagnostic::error(code, message).help_if(help).into())
            }
            Err(Failure::NotSent(why) | Failure::Lost(why)) => {
                let message = format!("{} did not answer: {why}", self.client.address());
                Diagnostic::error(Code::PLATFORM_UNREACHABLE, message).alone()
            }
        }
    }
}

pub(super) fn not_understood(what: &str) -> Diagnostic {
    Diagnostic::error(Code::PLATFORM_ANSWER, format!("the platform's answer could not be understood: {what}"))
}

/// A time of the platform: with a zone, or UTC without one.
fn instant(text: &str) -> Option<jiff::Timestamp> {
    let zoned = text.parse::<jiff::Timestamp>().ok();
    zoned.or_else(|| {
        text.parse::<jiff::civil::DateTime>()
            .ok()?
            .to_zoned(jiff::tz::TimeZone::UTC)
            .ok()
            .map(|z| z.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_time_are_read() {
        assert_eq!(instant("2026-10-02T10:00:00.1234567Z"), "2026-10-02T10:00:00.1234567Z".parse().ok());
        assert_eq!(instant("2026-10-02T10:00:00.12"), "2026-10-02T10:00:00.12Z".parse().ok());
    }
}
