//! Markdown laid out for a terminal.

use unicode_width::UnicodeWidthStr as _;

const BOLD: &str = "\x1b[1m";
const CODE: &str = "\x1b[36m";
const PLAIN: &str = "\x1b[0m";

/// The page without marks, wrapped to `width`, examples indented and kept as they are.
pub(super) fn text(page: &str, colour: bool, width: usize) -> String {
    let mut layout =
        Layout { out: String::new(), colour, width: width.clamp(40, 100), pending: String::new() };
    let mut fenced = false;
    for line in page.lines() {
        if line.starts_with("```") {
            layout.flush();
            fenced = !fenced;
        } else if fenced {
            layout.example(line);
        } else {
            layout.line(line);
        }
    }
    layout.flush();
    layout.out
}

struct Layout {
    out: String,
    colour: bool,
    width: usize,
    pending: String,
}

impl Layout {
    fn line(&mut self, line: &str) {
        if line.trim().is_empty() {
            self.flush();
            self.out.push('\n');
        } else if let Some(heading) = line.strip_prefix('#') {
            self.flush();
            let heading = plain(heading.trim_start_matches('#').trim());
            let (open, close) = if self.colour { (BOLD, PLAIN) } else { ("", "") };
            self.out.push_str(&format!("{open}{heading}{close}\n"));
        } else {
            if line.starts_with("- ") {
                self.flush();
            }
            if !self.pending.is_empty() {
                self.pending.push(' ');
            }
            self.pending.push_str(line.trim());
        }
    }

    fn example(&mut self, line: &str) {
        let (open, close) = if self.colour && !line.is_empty() { (CODE, PLAIN) } else { ("", "") };
        self.out.push_str(format!("    {open}{line}{close}").trim_end());
        self.out.push('\n');
    }

    /// Ends the paragraph or list entry at hand.
    fn flush(&mut self) {
        let paragraph = std::mem::take(&mut self.pending);
        if paragraph.is_empty() {
            return;
        }
        let (first, rest) = if paragraph.starts_with("- ") { ("  - ", "    ") } else { ("  ", "  ") };
        let body = links(paragraph.trim_start_matches("- "));
        let mut line = first.to_owned();
        let mut code = false;
        let mut fresh = true;
        for word in body.split_whitespace() {
            let bare = plain(word);
            if !fresh && plain_width(&line) + 1 + bare.width() > self.width {
                self.end_of_line(&mut line, code);
                line.push_str(rest);
                line.push_str(if code && self.colour { CODE } else { "" });
                fresh = true;
            }
            if !fresh {
                line.push(' ');
            }
            self.word(word, &mut line, &mut code);
            fresh = false;
        }
        self.end_of_line(&mut line, code);
    }

    fn end_of_line(&mut self, line: &mut String, code: bool) {
        self.out.push_str(line);
        self.out.push_str(if code && self.colour { PLAIN } else { "" });
        self.out.push('\n');
        line.clear();
    }

    /// A word with its backticks turned into colour, or left out.
    fn word(&self, word: &str, line: &mut String, code: &mut bool) {
        for c in word.replace("**", "").chars() {
            if c == '`' {
                *code = !*code;
                line.push_str(match (self.colour, *code) {
                    (false, _) => "",
                    (true, true) => CODE,
                    (true, false) => PLAIN,
                });
            } else {
                line.push(c);
            }
        }
    }
}

fn plain(text: &str) -> String {
    text.replace(['`'], "").replace("**", "")
}

/// Width without the colours in it.
fn plain_width(text: &str) -> usize {
    [BOLD, CODE, PLAIN].iter().fold(text.to_owned(), |t, mark| t.replace(mark, "")).width()
}

/// `[text](address)` becomes its text.
fn links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let link = rest.get(open..).unwrap_or_default();
        let parts = link.find("](").and_then(|middle| {
            let end = link.get(middle..)?.find(')')? + middle;
            let code = rest.get(..open)?.matches('`').count() % 2 == 1;
            (!code).then_some((middle, end))
        });
        match parts {
            Some((middle, end)) => {
                out.push_str(rest.get(..open).unwrap_or_default());
                out.push_str(link.get(1..middle).unwrap_or_default());
                rest = link.get(end + 1..).unwrap_or_default();
            }
            None => {
                out.push_str(rest.get(..=open).unwrap_or_default());
                rest = rest.get(open + 1..).unwrap_or_default();
            }
        }
    }
    out + rest
}
