//! The house's rules, read from the source: who may use whom, who writes SQL, who touches the network, and that
//! diagnostic codes are given once.

use crate::workspace::root;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Module → the modules it may use (design 7). `env` and `diagnostic` are everybody's.
const RULE: &[(&str, &[&str])] = &[
    ("lib", &["cli"]),
    ("main", &["cli"]),
    ("cli", ALL),
    ("serve", ALL),
    (
        "job",
        &[
            "spec",
            "mapping",
            "expr",
            "sql",
            "db",
            "source",
            "transform",
            "diff",
            "plan",
            "report",
            "deliver",
            "state",
            "rehearsal",
            "suggest",
            "notify",
        ],
    ),
    ("mapping", &["spec", "expr"]),
    ("expr", &["sql"]),
    ("source", &["spec", "sql", "db"]),
    // What inspection saw and what the platform wants, to a mapping's text; it knows no SQL and opens no file.
    ("suggest", &["source", "spec"]),
    ("transform", &["mapping", "expr", "sql", "db"]),
    ("diff", &["mapping", "sql", "db"]),
    ("state", &["spec", "sql", "db"]),
    ("plan", &["mapping", "diff", "state", "sql", "db"]),
    ("report", &["plan", "state"]),
    ("deliver", &["plan", "platform", "state"]),
    ("platform", &["spec"]),
    // Tells people of a run: it knows counts and codes, no plan and no state.
    ("notify", &["spec", "platform"]),
    ("rehearsal", &["spec", "sql", "db"]),
    ("spec", &[]),
    ("sql", &[]),
    ("db", &[]),
    ("env", &[]),
    ("diagnostic", &[]),
];

const ALL: &[&str] = &[
    "job",
    "spec",
    "mapping",
    "expr",
    "sql",
    "db",
    "source",
    "transform",
    "diff",
    "plan",
    "report",
    "deliver",
    "state",
    "rehearsal",
    "platform",
    "suggest",
    "notify",
];

const EVERYBODYS: [&str; 2] = ["env", "diagnostic"];

/// What the code does beyond the rule, each with its reason. One that is no longer needed fails the test too.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("deliver", "db", "runs the statements of sql::deliver on the open state"),
    ("deliver", "spec", "reads the platform's models and transport settings"),
    ("deliver", "sql", "its statements stand in sql::deliver and sql::state"),
    ("diff", "spec", "asks the platform's models for their keys and references"),
    ("expr", "db", "registers the functions that have no SQL as DuckDB scalar functions"),
    ("job", "platform", "makes the transport from address and secret; only deliver sends with it"),
    ("mapping", "source", "takes the headers that were found, to resolve columns"),
    ("mapping", "sql", "holds compiled expressions as sql::Expr, locales and date patterns"),
    ("plan", "source", "writes the files read, with their counts, into the head"),
    ("plan", "spec", "asks for money fields and guard settings"),
    ("report", "db", "reads the plan's relations"),
    ("report", "sql", "its statements stand in sql::report"),
    ("sql", "db", "sql::raw names the tables that the appender fills by db::TableShape"),
    ("transform", "source", "maps what source has loaded"),
    ("transform", "spec", "reads how a source treats stops, totals and checks"),
];

/// A file of `src` that is no test, without comments and without what stands under `#[cfg(test)]`.
struct File {
    path: String,
    module: String,
    code: String,
}

fn files() -> Vec<File> {
    let mut found = Vec::new();
    collect(&root().join("src"), &mut found);
    assert!(found.len() > 100, "the source is where it was");
    found
}

fn collect(folder: &Path, found: &mut Vec<File>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // Test modules and what only they use.
        if ["tests", "testing", "fixture"].contains(&name.as_str()) || name.ends_with("_tests") {
            continue;
        }
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let below = path.strip_prefix(root().join("src")).unwrap();
            let module = below.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
            let code = without_tests(&std::fs::read_to_string(&path).unwrap());
            found.push(File { path: format!("src/{}", below.display()), module, code });
        }
    }
}

/// Drops comment lines and inline test modules, which end with their file.
fn without_tests(text: &str) -> String {
    let inline = Regex::new(r"(?m)^#\[cfg\(test\)\]\s+(?:#\[[^\]]*\]\s+)*mod \w+ \{").unwrap();
    let end = inline.find(text).map_or(text.len(), |m| m.start());
    text[..end].lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Modules a file names: `use crate::x`, `use crate::{x, y}`, and paths in the code.
fn used(code: &str) -> BTreeSet<String> {
    let single = Regex::new(r"\bcrate::(\w+)").unwrap();
    let group = Regex::new(r"\bcrate::\{([^;]*)\};").unwrap();
    let mut all: BTreeSet<String> =
        single.captures_iter(code).map(|c| c[1].to_owned()).filter(|m| is_module(m)).collect();
    for inside in group.captures_iter(code) {
        let mut depth = 0;
        for part in inside[1].split_inclusive([',', '{', '}']) {
            if depth == 0 {
                let name: String =
                    part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                all.extend(is_module(&name).then_some(name));
            }
            depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
        }
    }
    all
}

fn is_module(name: &str) -> bool {
    let path = root().join("src").join(name);
    !name.is_empty() && (path.is_dir() || path.with_extension("rs").is_file())
}

#[test]
fn who_uses_whom() {
    let rule: BTreeMap<&str, &[&str]> = RULE.iter().copied().collect();
    let (mut broken, mut needed) = (Vec::new(), BTreeSet::new());
    for file in files() {
        let Some(may) = rule.get(file.module.as_str()) else {
            broken.push(format!("{} belongs to no module of the rule", file.path));
            continue;
        };
        for other in used(&file.code) {
            if other == file.module || EVERYBODYS.contains(&other.as_str()) || may.contains(&other.as_str()) {
                continue;
            }
            if EXCEPTIONS.iter().any(|(from, to, _)| *from == file.module && *to == other) {
                needed.insert((file.module.clone(), other));
            } else {
                broken.push(format!("{}: {} may not use {other}", file.path, file.module));
            }
        }
    }
    for (from, to, why) in EXCEPTIONS {
        if !needed.contains(&((*from).to_owned(), (*to).to_owned())) {
            broken.push(format!("the exception {from} -> {to} ({why}) is no longer needed"));
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn grouped_and_inline_paths_are_seen() {
    let code =
        "use crate::{db::{Db, Limits}, sql};\nlet x = crate::plan::file::head(p);\nuse crate::spec::units;";
    let found: Vec<String> = used(code).into_iter().collect();
    assert_eq!(found, ["db", "plan", "spec", "sql"]);
    assert_eq!(without_tests("a\n// b\n#[cfg(test)]\nmod tests {\nuse crate::db;\n}\n"), "a");
}

#[test]
fn only_sql_writes_sql() {
    let word =
        Regex::new(r"\b(?:SELECT |INSERT INTO|CREATE (?:OR REPLACE )?(?:TABLE|VIEW|SCHEMA)|UPDATE \S+ SET|DELETE FROM|ALTER TABLE|DROP TABLE|UNION ALL|COPY )")
            .unwrap();
    assert!(word.is_match("SELECT 1") && word.is_match("UPDATE t SET a = 1"));
    let found: Vec<String> = files()
        .iter()
        .filter(|f| f.module != "sql")
        .flat_map(|f| {
            f.code.lines().filter(|l| word.is_match(l)).map(|l| format!("{}: {}", f.path, l.trim()))
        })
        .collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn only_those_who_may_touch_the_network() {
    // `notify` speaks SMTP itself; its webhooks go through `platform::network`.
    let word = Regex::new(r"\b(?:reqwest|axum|std::net|tokio|lettre)\b").unwrap();
    let found: BTreeSet<String> =
        files().into_iter().filter(|f| word.is_match(&f.code)).map(|f| f.module).collect();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["notify", "platform", "rehearsal"]);
}

/// Where a secret leaves its type: each puts it on the wire, encrypted or to this machine, and nowhere else.
const EXPOSES: &[(&str, &str)] = &[
    ("src/notify/mail.rs", "the password of the mail server"),
    ("src/notify/webhook.rs", "the key of the signature; the address of a Slack webhook"),
    ("src/platform/client.rs", "the header of the authorisation"),
    ("src/platform/network.rs", "the login of a proxy"),
    ("src/platform/secret.rs", "the type itself"),
];

#[test]
fn a_secret_leaves_its_type_in_few_places() {
    let found: Vec<String> =
        files().into_iter().filter(|f| f.code.contains("expose(")).map(|f| f.path).collect();
    let known: Vec<&str> = EXPOSES.iter().map(|(path, _)| *path).collect();
    assert_eq!(found, known);
}

#[test]
fn only_the_command_line_prints() {
    let word = Regex::new(r"\b(?:println|print|eprintln|eprint|dbg)!").unwrap();
    let found: Vec<String> = files()
        .into_iter()
        // The trace of statements, which somebody has asked for by CROSSWALK_TRACE_SQL.
        // And the step at which a test has the process end.
        .filter(|f| f.module != "cli" && !["src/db/mod.rs", "src/env.rs"].contains(&f.path.as_str()))
        .filter(|f| word.is_match(&f.code))
        .map(|f| f.path)
        .collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn codes_are_given_once_and_stand_in_order() {
    let codes: Vec<&str> = crosswalk::diagnostic::CODES.iter().map(|(code, _)| code.0).collect();
    let unique: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(unique.len(), codes.len(), "a code stands twice");
    for code in &codes {
        assert!(code.len() == 4 && code.starts_with('E'), "{code}");
    }
    let out: Vec<String> =
        codes.windows(2).filter(|p| p[0] >= p[1]).map(|p| format!("{} before {}", p[0], p[1])).collect();
    assert_eq!(out, [""; 0], "in order of their numbers");
}

#[test]
fn every_code_of_the_registry_is_used() {
    let all: String = files()
        .into_iter()
        .filter(|f| f.path != "src/diagnostic/codes.rs")
        .map(|f| f.code)
        .collect::<Vec<_>>()
        .join("\n");
    let registry = std::fs::read_to_string(root().join("src/diagnostic/codes.rs")).unwrap();
    let row = Regex::new(r#"(?m)^    ([A-Z_]+) = "(E\d+)""#).unwrap();
    let unused: Vec<String> = row
        .captures_iter(&registry)
        .filter(|c| !Regex::new(&format!(r"\b{}\b", &c[1])).unwrap().is_match(&all) && !all.contains(&c[2]))
        .map(|c| format!("{} {}", &c[2], &c[1]))
        .collect();
    assert_eq!(unused, [""; 0]);
}

/// The files of others in the report's page are those that THIRD-PARTY.md names.
#[test]
fn vendored_files_are_what_the_notice_says() {
    use sha2::{Digest as _, Sha256};
    let folder = root().join("src/report/html/vendor");
    let notice = std::fs::read_to_string(root().join("THIRD-PARTY.md")).unwrap();
    let line = Regex::new(r"(?m)^\| `([^`]+)` \| [^|]+ \| `([0-9a-f]{64})` \|$").unwrap();
    let named: BTreeMap<String, String> =
        line.captures_iter(&notice).map(|c| (c[1].to_owned(), c[2].to_owned())).collect();
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let digest = Sha256::digest(std::fs::read(&path).unwrap());
        let digest: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        found.insert(path.file_name().unwrap().to_string_lossy().into_owned(), digest);
    }
    assert_eq!(found, named);
}
