use super::output::Output;
use super::progress::Told;
use super::{Outcome, Target};
use crate::diagnostic::{Diagnostic, Diagnostics, Result, escape, render};
use crate::env::Env;
use crate::job::{self, Case, Tested, Workplace};
use serde_json::{Value, json};

/// The mapping's own given/expect cases, run as a plan would run them; files need not be there
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER)]
pub(super) struct Arguments {
    /// Mapping: mappings/<NAME>.toml; all of the workspace without one.
    mapping: Option<String>,
    /// Environment of crosswalk.toml; the rehearsal when there is no other.
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    /// Sets a var for this call.
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = super::pair)]
    vars: Vec<(String, String)>,
    /// Only cases whose name holds this text.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// How the result is printed.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Writes the record of this key in today's files, with its rows, into the mapping as a new case.
    #[arg(long, value_name = "KEY", requires = "mapping", conflicts_with_all = ["case", "format"])]
    capture: Option<String>,
    /// With --capture: the record, where the key alone does not say.
    #[arg(long, requires = "capture")]
    record: Option<String>,
    /// With --capture: columns, fields or kinds (name, email, phone, iban) whose values are made up.
    #[arg(long, value_delimiter = ',', value_name = "LIST", requires = "capture")]
    mask: Vec<String>,
}

const AFTER: &str = "Exit codes: 0 all cases hold, 1 some do not, 2 a mistake in a mapping or a case.";

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

pub(super) fn command(arguments: &Arguments, env: &Env, output: &Output) -> Outcome {
    if let (Some(key), Some(mapping)) = (&arguments.capture, &arguments.mapping) {
        return capture(arguments, mapping, key, env, output);
    }
    let (mut all, mut mistakes): (Vec<Tested>, Option<Diagnostics>) = (Vec::new(), None);
    for name in names(arguments, env)? {
        let context = target(arguments, &name).context(env);
        match context.and_then(|c| job::test(&c, arguments.case.as_deref())) {
            Ok(tested) => {
                if arguments.format == Format::Text {
                    text(&tested, output);
                }
                all.push(tested);
            }
            Err(errors) => match &mut mistakes {
                Some(all) => all.extend(errors),
                None => mistakes = Some(errors),
            },
        }
    }
    match arguments.format {
        Format::Text => output.line(&summary(&all, arguments.case.as_deref())),
        Format::Json => output.line(&format!("{:#}", json(&all))),
        Format::Junit => output.text(&junit(&all)),
    }
    match mistakes {
        Some(mistakes) => Err(mistakes),
        None => Ok(u8::from(failed(&all) > 0)),
    }
}

fn names(arguments: &Arguments, env: &Env) -> Result<Vec<String>> {
    match &arguments.mapping {
        Some(name) => Ok(vec![name.clone()]),
        None => Ok(Workplace::find(env)?.mappings()),
    }
}

fn target(arguments: &Arguments, mapping: &str) -> Target {
    Target { mapping: mapping.to_owned(), env: arguments.env.clone(), vars: arguments.vars.clone() }
}

fn capture(arguments: &Arguments, mapping: &str, key: &str, env: &Env, output: &Output) -> Outcome {
    let context = target(arguments, mapping).context(env)?;
    let wanted =
        job::Capture { key: key.to_owned(), record: arguments.record.clone(), mask: arguments.mask.clone() };
    let told = Told::new(output);
    let captured = job::capture(&context, &wanted, &told)?;
    told.done();
    output.text(&escape::block(&captured.text));
    output.line("");
    captured.notes.iter().for_each(|n| output.line(&escape::line(n)));
    output.line(&format!("Written to {} as the test \"{}\".", captured.file, escape::line(&captured.name)));
    Ok(0)
}

fn text(tested: &Tested, output: &Output) {
    output.diagnostics(&tested.notes);
    for case in &tested.cases {
        let word = if case.failures.is_empty() { "holds" } else { "FAILS" };
        output.line(&format!("{word}  {}: {}", tested.mapping, escape::line(&case.name)));
        let told: Vec<Diagnostic> = case.failures.iter().map(|f| f.told.clone()).collect();
        output.diagnostics(&told);
    }
}

fn cases(all: &[Tested]) -> impl Iterator<Item = (&Tested, &Case)> {
    all.iter().flat_map(|t| t.cases.iter().map(move |c| (t, c)))
}

fn failed(all: &[Tested]) -> usize {
    cases(all).filter(|(_, c)| !c.failures.is_empty()).count()
}

fn summary(all: &[Tested], only: Option<&str>) -> String {
    let (count, failed) = (cases(all).count(), failed(all));
    if count == 0 {
        let why = only.map(|o| format!(" whose name holds \"{}\"", escape::line(o))).unwrap_or_default();
        return format!("No cases{why}. A case is a [[test]] in the mapping; --capture KEY writes one.");
    }
    let cases = if count == 1 { "case" } else { "cases" };
    let hold = if count - failed == 1 { "holds" } else { "hold" };
    let fail = if failed == 1 { "fails" } else { "fail" };
    match failed {
        0 if count == 1 => "1 case, it holds".to_owned(),
        0 => format!("{count} {cases}, all hold"),
        _ => format!("{count} {cases}, {} {hold}, {failed} {fail}", count - failed),
    }
}

fn json(all: &[Tested]) -> Value {
    let case = |(tested, case): (&Tested, &Case)| {
        let failures: Vec<Value> = case.failures.iter().map(failure).collect();
        json!({ "mapping": tested.mapping, "case": case.name, "holds": failures.is_empty(), "failures": failures })
    };
    let list: Vec<Value> = cases(all).map(case).collect();
    json!({ "cases": list, "count": list.len(), "failed": failed(all) })
}

fn failure(failure: &job::Failure) -> Value {
    json!({
        "code": failure.told.code.0,
        "message": failure.told.message,
        "at": failure.told.at.to_string(),
        "record": failure.record,
        "key": failure.key,
        "field": failure.field,
        "expected": failure.expected,
        "got": failure.got,
        "help": failure.told.help,
    })
}

/// JUnit's XML, as build servers read it.
fn junit(all: &[Tested]) -> String {
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{}\">\n",
        cases(all).count(),
        failed(all)
    );
    for tested in all {
        let bad = failed(std::slice::from_ref(tested));
        out.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{bad}\">\n",
            escape::html(&tested.mapping),
            tested.cases.len()
        ));
        for case in &tested.cases {
            out.push_str(&format!(
                "    <testcase classname=\"{}\" name=\"{}\"",
                escape::html(&tested.mapping),
                escape::html(&case.name)
            ));
            out.push_str(&junit_failures(case));
        }
        out.push_str("  </testsuite>\n");
    }
    out + "</testsuites>\n"
}

fn junit_failures(case: &Case) -> String {
    if case.failures.is_empty() {
        return "/>\n".to_owned();
    }
    let one = |f: &job::Failure| {
        let plain = render::plain(std::slice::from_ref(&f.told));
        format!(
            "      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
            f.told.code,
            escape::html(&f.told.message),
            escape::html(plain.trim_end())
        )
    };
    format!(">\n{}    </testcase>\n", case.failures.iter().map(one).collect::<String>())
}
