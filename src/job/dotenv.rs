//! `.env` beside `crosswalk.toml`: lines `NAME=value`, as a shell would read them, without substitutions.

/// The value of a name; of several lines the last one holds, as in a shell.
///
/// # Errors
/// The number of the line whose quote is never closed.
pub(super) fn value(text: &str, name: &str) -> Result<Option<String>, u64> {
    let mut found = None;
    for (n, line) in (1_u64..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((key, value)) = line.split_once('=') else { continue };
        if key.trim() == name {
            found = Some(unquoted(value.trim()).ok_or(n)?);
        }
    }
    Ok(found)
}

/// Between single quotes everything stands for itself; between double quotes `\` makes the next character plain, `\n`
/// and `\t` are what they are elsewhere; without quotes a comment begins at ` #`.
fn unquoted(text: &str) -> Option<String> {
    if let Some(rest) = text.strip_prefix('\'') {
        return rest.split_once('\'').map(|(inside, _)| inside.to_owned());
    }
    let Some(rest) = text.strip_prefix('"') else {
        let end = [" #", "\t#"].iter().filter_map(|c| text.find(c)).min().unwrap_or(text.len());
        let end = if text.starts_with('#') { 0 } else { end };
        return Some(text.get(..end).unwrap_or_default().trim_end().to_owned());
    };
    let (mut out, mut characters) = (String::new(), rest.chars());
    loop {
        match characters.next()? {
            '"' => return Some(out),
            '\\' => out.push(match characters.next()? {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_a_shell_reads_them() {
        let text = "\u{feff}# a comment\r\nPLAIN = abc # behind\r\nexport TOLD=x#y\nEMPTY=\nONLY=# nothing\n\
                    SINGLE='a \"b\" # c' # d\nDOUBLE=\"a \\\"b\\\" \\\\ \\n#\"\nTWICE=1\nTWICE=2\nPLAINER=no\nnonsense\n=x\n";
        let value = |name| value(text, name).unwrap();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(value("PLAIN"), some("abc"));
        assert_eq!(value("TOLD"), some("x#y"));
        assert_eq!((value("EMPTY"), value("ONLY")), (some(""), some("")));
        assert_eq!(value("SINGLE"), some("a \"b\" # c"));
        assert_eq!(value("DOUBLE"), some("a \"b\" \\ \n#"));
        assert_eq!(value("TWICE"), some("2"));
        assert_eq!((value("nonsense"), value("MISSING")), (None, None));
    }

    #[test]
    fn an_open_quote_is_told_with_its_line() {
        assert_eq!(value("A=1\nB=\"x\\\"\nC=2", "B"), Err(2));
        assert_eq!(value("B='x", "B"), Err(1));
        assert_eq!(value("B='x\nA=1", "A"), Ok(Some("1".to_owned())));
    }
}
