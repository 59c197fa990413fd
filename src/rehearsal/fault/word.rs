//! A plan of faults as it is written: `reply-lost:every=3:times=2`.

use super::{FaultPlan, Mode, On};
use std::mem::discriminant;
use std::str::FromStr;

impl Mode {
    /// Every word for a mode, as in `--fault reply-lost`, with what can be set on some at its default.
    pub const WORDS: &[(&str, Mode)] = &[
        ("none", Mode::None),
        ("partial", Mode::Partial(10)),
        ("throttled", Mode::Throttled(1)),
        ("throttled-bare", Mode::ThrottledBare),
        ("error-before-commit", Mode::ErrorBeforeCommit),
        ("error-after-commit", Mode::ErrorAfterCommit),
        ("reset-before-body", Mode::ResetBeforeBody),
        ("reply-lost", Mode::ReplyLost),
        ("reply-truncated", Mode::ReplyTruncated),
        ("reply-late", Mode::ReplyLate(65_000)),
        ("twice", Mode::Twice),
        ("unauthorised", Mode::Unauthorised),
        ("reply-html", Mode::ReplyHtml),
        ("reordered", Mode::Reordered),
        ("outcome-missing", Mode::OutcomeMissing),
        ("outcome-extra", Mode::OutcomeExtra),
        ("redirect", Mode::Redirect),
        ("conflict", Mode::Conflict),
        ("lookup-lags", Mode::LookupLags(3)),
        ("reply-huge", Mode::ReplyHuge(200)),
        ("reply-deep", Mode::ReplyDeep),
        ("mixed", Mode::Mixed(10)),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        let same = |mode: &Mode| discriminant(mode) == discriminant(&self);
        Mode::WORDS.iter().find(|(_, mode)| same(mode)).map_or("none", |(word, _)| word)
    }

    /// Those a mix draws from.
    pub(super) fn drawn() -> impl Iterator<Item = Mode> {
        Mode::WORDS.iter().map(|(_, mode)| *mode).filter(|m| !matches!(m, Mode::None | Mode::Mixed(_)))
    }

    fn called(word: &str) -> Result<Mode, String> {
        let known = || Mode::WORDS.iter().map(|(w, _)| *w).collect::<Vec<_>>().join(", ");
        let found = Mode::WORDS.iter().find(|(w, _)| *w == word).map(|(_, mode)| *mode);
        found.ok_or_else(|| format!("`{word}` is no mode; it is one of {}", known()))
    }

    /// The mode with a number of its own set; `None` when it has no such number.
    fn with(self, name: &str, value: u64) -> Option<Mode> {
        let small = u32::try_from(value).unwrap_or(u32::MAX);
        let percent = u8::try_from(value.min(100)).unwrap_or(100);
        Some(match (self, name) {
            (Mode::Partial(_), "share") => Mode::Partial(percent),
            (Mode::Mixed(_), "share") => Mode::Mixed(percent),
            (Mode::Throttled(_), "wait") => Mode::Throttled(small),
            (Mode::ReplyLate(_), "delay") => Mode::ReplyLate(value),
            (Mode::LookupLags(_), "reads") => Mode::LookupLags(small),
            (Mode::ReplyHuge(_), "mb") => Mode::ReplyHuge(small),
            _ => return None,
        })
    }
}

/// Names that set a number of a mode itself.
const NUMBERS: [&str; 5] = ["share", "wait", "delay", "reads", "mb"];

impl FromStr for FaultPlan {
    type Err = String;

    /// `WORD[:every=n][:seed=n][:times=n][:after=n][:on=uploads|reads|all][:lag=n]`, and what belongs to single modes:
    /// `share` (percent), `wait` (seconds), `delay` (ms), `reads`, `mb`, `of` (words joined by `+`).
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let mut plan = FaultPlan::always(Mode::called(parts.next().unwrap_or_default())?);
        let settings: Result<Vec<(&str, &str)>, String> = parts
            .map(|part| part.split_once('=').ok_or_else(|| format!("`{part}` is not of the form name=value")))
            .collect();
        let settings = settings?;
        // The modes of a mix first: numbers then hold for them too.
        for (_, words) in settings.iter().filter(|(name, _)| *name == "of") {
            plan.of = words.split('+').map(Mode::called).collect::<Result<_, _>>()?;
        }
        if plan.of.is_empty() && matches!(plan.mode, Mode::Mixed(_)) {
            plan.of = Mode::drawn().collect();
        }
        settings.iter().try_for_each(|(name, value)| set(&mut plan, name, value))?;
        Ok(plan)
    }
}

fn set(plan: &mut FaultPlan, name: &str, value: &str) -> Result<(), String> {
    let number = || value.parse::<u64>().map_err(|_| format!("`{name}={value}`: {value} is not a number"));
    match name {
        "of" => {}
        "every" => plan.every = number()?,
        "seed" => plan.seed = number()?,
        "times" => plan.times = Some(number()?),
        "after" => plan.after = number()?,
        "lag" => plan.lag = u32::try_from(number()?).unwrap_or(u32::MAX),
        "on" => {
            plan.on = match value {
                "uploads" => On::Uploads,
                "reads" => On::Reads,
                "all" => On::All,
                _ => return Err(format!("`on={value}`: on is one of uploads, reads, all")),
            }
        }
        _ if NUMBERS.contains(&name) => return own(plan, name, number()?),
        _ => {
            let all = "every, seed, times, after, on, of, lag, share, wait, delay, reads, mb";
            return Err(format!("`{name}` cannot be set; what can: {all}"));
        }
    }
    Ok(())
}

/// Sets a number of the mode, or of those that a mix draws from; a mix keeps `share` to itself.
fn own(plan: &mut FaultPlan, name: &str, value: u64) -> Result<(), String> {
    let mut any = false;
    if let Some(mode) = plan.mode.with(name, value) {
        plan.mode = mode;
        any = true;
    } else {
        for mode in &mut plan.of {
            if let Some(set) = mode.with(name, value) {
                *mode = set;
                any = true;
            }
        }
    }
    if any { Ok(()) } else { Err(format!("`{name}` does not belong to `{}`", plan.mode.word())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_are_read_or_refused_with_what_is_possible() {
        let plan: FaultPlan = "reply-lost:every=2:lag=3".parse().unwrap();
        assert_eq!((plan.mode, plan.every, plan.lag), (Mode::ReplyLost, 2, 3));
        let plan: FaultPlan = "reply-late:every=3:seed=4:times=2:after=1:on=all:delay=50".parse().unwrap();
        assert_eq!((plan.mode, plan.every, plan.seed, plan.times), (Mode::ReplyLate(50), 3, 4, Some(2)));
        assert_eq!((plan.after, plan.on), (1, On::All));
        let mix: FaultPlan = "mixed:share=25:of=reply-lost+reply-late:delay=9".parse().unwrap();
        assert_eq!((mix.mode, mix.of), (Mode::Mixed(25), vec![Mode::ReplyLost, Mode::ReplyLate(9)]));
        let all: FaultPlan = "mixed:mb=3".parse().unwrap();
        assert!(all.of.contains(&Mode::ReplyHuge(3)) && all.of.len() == Mode::WORDS.len() - 2);
        for (text, says) in [
            ("", "one of none, partial"),
            ("reply", "one of none"),
            ("twice:x=1", "cannot be set"),
            ("twice:share=1", "does not belong to `twice`"),
            ("twice:every", "name=value"),
            ("twice:every=a", "not a number"),
            ("twice:on=x", "uploads, reads, all"),
            ("mixed:of=a", "one of none"),
        ] {
            let said = text.parse::<FaultPlan>().unwrap_err();
            assert!(said.contains(says), "{text}: {said}");
        }
    }

    #[test]
    fn each_word_is_that_of_its_mode() {
        assert!(Mode::WORDS.iter().all(|(word, mode)| mode.word() == *word));
    }
}
