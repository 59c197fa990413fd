//! The long answer of each code: its page under `docs/errors/`, embedded in the program and laid out for a terminal. The
//! pages use a small part of Markdown: headings, paragraphs, `- ` lists, fenced examples, backticks, links.
//! Nothing here prints.

mod layout;

use super::codes::PAGES;
use super::{CODES, Code, did_you_mean};

/// The page of a code as written.
pub fn markdown(code: Code) -> Option<&'static str> {
    let at = CODES.iter().position(|(known, _)| *known == code)?;
    PAGES.get(at).copied()
}

/// The page of a code for a terminal of `width` columns: no marks of Markdown left, coloured where asked for.
pub fn text(code: Code, colour: bool, width: usize) -> Option<String> {
    markdown(code).map(|page| layout::text(page, colour, width))
}

/// The code somebody typed, in any letter case.
pub fn find(word: &str) -> Option<Code> {
    CODES.iter().map(|(code, _)| *code).find(|code| code.0.eq_ignore_ascii_case(word.trim()))
}

/// The groups of codes, with what they are about.
pub const GROUPS: &[(&str, &str)] = &[
    ("E1", "files and how they are read"),
    ("E2", "the mapping, its expressions, the workspace"),
    ("E3", "rows and values in the data"),
    ("E4", "plans and the state"),
    ("E5", "the platform and sending"),
    ("E9", "faults of the program or the machine"),
];

/// The codes whose number begins so (`E2`, `E20`, `E2xx`), one line each; `None` when there are none.
pub fn range(word: &str) -> Option<String> {
    let begin = word.trim().to_uppercase().trim_end_matches('X').to_owned();
    let lines: String = CODES
        .iter()
        .filter(|(code, _)| begin.len() >= 2 && code.0.starts_with(&begin))
        .map(|(code, title)| format!("  {code}  {title}\n"))
        .collect();
    (!lines.is_empty()).then_some(lines)
}

/// What to say instead of a page when nothing is called so.
pub fn nearest(word: &str, topics: &[&str]) -> String {
    let upper = word.to_uppercase();
    let digits = upper.trim_start_matches('E');
    if !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) {
        let group = format!("E{}", digits.get(..1).unwrap_or_default());
        if find(&format!("E{digits}")).is_some() {
            return format!("Did you mean `E{digits}`?");
        }
        return match range(&group) {
            Some(_) => format!("`crosswalk help {group}` lists the codes that begin so."),
            None => "The codes are E1.., E2.., E3.., E4.., E5.. and E9..".to_owned(),
        };
    }
    did_you_mean(word, topics.iter().copied())
        .unwrap_or_else(|| "`crosswalk help` lists commands and topics.".to_owned())
}

/// The index of all pages, as `docs/errors/README.md` holds it.
pub fn index() -> String {
    let mut out = String::from(
        "# What the messages mean\n\nEvery message has a code. `crosswalk help E203` shows its page in the terminal.\n\
         This list is made from the program's registry; a test compares it (`UPDATE=1` writes it anew).\n",
    );
    for (group, about) in GROUPS {
        out.push_str(&format!("\n## {group}xx: {about}\n\n"));
        for (code, title) in CODES.iter().filter(|(code, _)| code.0.starts_with(group)) {
            out.push_str(&format!("- [{code}]({code}.md): {title}\n"));
        }
    }
    out
}

#[cfg(test)]
mod tests;
