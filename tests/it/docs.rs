//! The documents, run: files are written, commands typed, and what is printed must be what the page shows.
//!
//! A fenced block's first word is its language, the rest says what it is here:
//!
//! | block | what happens |
//! |---|---|
//! | `toml mappings/first.toml` (any language, with a path) | the file is written |
//! | `diff mappings/first.toml` | lines with `-` are replaced by those with `+`; lines with a blank in front say where |
//! | `sh` | each line is run by a shell in the workspace; `# exit 3` at its end is the exit code expected, else 0 |
//! | `text` | must be what the command before printed: each line in this order; `…` stands for anything |
//!
//! A page begins in an empty folder that holds `samples/` only.

use crate::workspace::{Workspace, root};
use std::process::Command;

struct Block {
    line: usize,
    language: String,
    path: Option<String>,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (n, line) in page.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                let mut words = info.splitn(2, ' ');
                let language = words.next().unwrap_or_default().to_owned();
                let path = words.next().map(|w| w.trim().to_owned());
                open = Some(Block { line: n + 1, language, path, text: String::new() });
            }
            (Some(_), Some("")) => found.extend(open.take()),
            (Some(block), _) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    found
}

/// Runs a page; says everything that is not as it says.
fn run(name: &str) -> Vec<String> {
    let page = std::fs::read_to_string(root().join(name)).unwrap();
    let workspace = Workspace::bare();
    let (mut printed, mut wrong) = (String::new(), Vec::new());
    for block in blocks(&page) {
        let place = format!("{name}:{}", block.line);
        match (block.language.as_str(), &block.path) {
            ("diff", Some(path)) => {
                wrong.extend(edit(&workspace, path, &block.text).map(|w| format!("{place}: {w}")));
            }
            (_, Some(path)) => workspace.write(path, &block.text),
            ("sh", None) => {
                printed.clear();
                for line in block.text.lines().filter(|l| !l.trim().is_empty()) {
                    let (text, problem) = type_in(&workspace, line);
                    printed.push_str(&text);
                    wrong.extend(problem.map(|p| format!("{place}: {p}")));
                }
            }
            ("text", None) => wrong.extend(missing(&block.text, &printed).map(|m| format!("{place}: {m}"))),
            _ => {}
        }
    }
    wrong
}

/// Replaces the lines with `-` (and those around them) by the ones with `+`.
fn edit(workspace: &Workspace, path: &str, diff: &str) -> Option<String> {
    let side = |sign: char| -> String {
        diff.lines().filter(|l| l.starts_with([sign, ' '])).map(|l| format!("{}\n", &l[1..])).collect()
    };
    let (old, new) = (side('-'), side('+'));
    let text = std::fs::read_to_string(workspace.path(path)).unwrap_or_default();
    if text.matches(&old).count() != 1 {
        return Some(format!("{path} does not hold once:\n{old}── it is:\n{text}"));
    }
    workspace.write(path, &text.replace(&old, &new));
    None
}

/// Types one line; gives what was printed, and what is wrong with its exit code.
fn type_in(workspace: &Workspace, line: &str) -> (String, Option<String>) {
    let (command, wanted) = match line.rsplit_once("# exit ") {
        Some((command, code)) => (command.trim(), code.trim().parse().unwrap()),
        None => (line, 0),
    };
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_crosswalk")).parent().unwrap();
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(workspace.folder())
        .env_clear()
        .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display()))
        .env("CROSSWALK_NOW", crate::workspace::NOW)
        .env("COLUMNS", "100")
        .env("HOME", workspace.folder())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].map(|s| String::from_utf8_lossy(&s).into_owned()).concat();
    let code = output.status.code().unwrap_or(-1);
    let problem = (code != wanted).then(|| format!("`{command}` ended with {code}, not {wanted}:\n{text}"));
    (text, problem)
}

/// The first line of `wanted` that is not in `printed` where it should be.
fn missing(wanted: &str, printed: &str) -> Option<String> {
    let mut lines = printed.lines();
    for line in wanted.lines().filter(|l| !matches!(l.trim(), "" | "…")) {
        if !lines.any(|l| fits(line.trim_end(), l.trim_end())) {
            return Some(format!("not printed here: {line:?}\n── printed:\n{printed}"));
        }
    }
    None
}

/// Whether a line is as the page shows it; `…` stands for anything.
fn fits(shown: &str, printed: &str) -> bool {
    let parts: Vec<String> = shown.split('…').map(regex::escape).collect();
    regex::Regex::new(&format!("^{}$", parts.join(".*"))).unwrap().is_match(printed)
}

/// The pages below `docs/` that are run.
fn pages() -> Vec<String> {
    let mut names = vec!["docs/tutorial.md".to_owned()];
    let folder = std::fs::read_dir(root().join("docs/cookbook")).unwrap();
    names.extend(folder.map(|e| format!("docs/cookbook/{}", e.unwrap().file_name().to_string_lossy())));
    names.retain(|n| n.ends_with(".md") && !n.ends_with("README.md"));
    names.sort();
    names
}

#[test]
fn every_page_does_what_it_says() {
    let pages = pages();
    assert!(pages.len() > 20, "{pages:?}");
    let wrong: Vec<String> = std::thread::scope(|s| {
        let half = pages.len().div_ceil(2);
        let runs: Vec<_> = pages
            .chunks(half)
            .map(|some| s.spawn(|| some.iter().flat_map(|p| run(p)).collect::<Vec<_>>()))
            .collect();
        runs.into_iter().flat_map(|r| r.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn a_page_that_lies_is_found_out() {
    assert!(missing("one\ntwo\n", "one\nthree\n").is_some());
    assert!(missing("two\none\n", "one\ntwo\n").is_some());
    assert!(missing("a … c\n…\n\nz\n", "a b c\nx\nz\n").is_none());
    let w = Workspace::bare();
    assert!(type_in(&w, "false").1.is_some() && type_in(&w, "false # exit 1").1.is_none());
    w.write("a.toml", "x = 1\ny = 2\n");
    assert!(edit(&w, "a.toml", " x = 1\n-y = 3\n+y = 4\n").is_some());
    assert!(edit(&w, "a.toml", " x = 1\n-y = 2\n+y = 4\n").is_none());
    assert_eq!(std::fs::read_to_string(w.path("a.toml")).unwrap(), "x = 1\ny = 4\n");
}
