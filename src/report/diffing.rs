//! Which words of an old and a new text differ, for highlighting. Words and single marks are compared; long texts
//! only from both ends.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A piece of a text and whether it differs from the other side.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    /// The text.
    pub(super) text: String,
    /// Whether it stands on this side only.
    pub(super) differs: bool,
}

/// Words above which only the common head and tail are looked for.
const WORDS_MAX: usize = 200;

/// The pieces of both sides.
pub(super) fn pieces(old: &str, new: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (a, b) = (words(old), words(new));
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let (middle_a, middle_b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let (kept_a, kept_b) = if middle_a.len().max(middle_b.len()) <= WORDS_MAX {
        common(middle_a, middle_b)
    } else {
        (vec![false; middle_a.len()], vec![false; middle_b.len()])
    };
    (join(&a, head, &kept_a), join(&b, head, &kept_b))
}

/// Splits into runs of letters and digits, runs of space, and single other characters.
fn words(text: &str) -> Vec<&str> {
    let class = |c: char| {
        if c.is_alphanumeric() {
            0
        } else if c.is_whitespace() {
            1
        } else {
            2
        }
    };
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = class(first);
        let end = rest
            .char_indices()
            .skip(1)
            .find(|(_, c)| kind == 2 || class(*c) != kind)
            .map_or(rest.len(), |(at, _)| at);
        let (word, more) = rest.split_at(end);
        out.push(word);
        rest = more;
    }
    out
}

/// Marks the words both sides keep.
fn common(a: &[&str], b: &[&str]) -> (Vec<bool>, Vec<bool>) {
    let (mut kept_a, mut kept_b) = (vec![false; a.len()], vec![false; b.len()]);
    for step in capture_diff_slices(Algorithm::Myers, a, b) {
        if let DiffOp::Equal { old_index, new_index, len } = step {
            kept_a.iter_mut().skip(old_index).take(len).for_each(|kept| *kept = true);
            kept_b.iter_mut().skip(new_index).take(len).for_each(|kept| *kept = true);
        }
    }
    (kept_a, kept_b)
}

fn join(words: &[&str], head: usize, kept: &[bool]) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::new();
    for (n, word) in words.iter().enumerate() {
        let differs = n >= head && kept.get(n - head) == Some(&false);
        match out.last_mut() {
            Some(last) if last.differs == differs => last.text.push_str(word),
            _ => out.push(Piece { text: (*word).to_owned(), differs }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let mark = |side: Vec<Piece>| {
            side.iter()
                .map(|p| if p.differs { format!("[{}]", p.text) } else { p.text.clone() })
                .collect::<String>()
        };
        let (a, b) = pieces(old, new);
        format!("{} → {}", mark(a), mark(b))
    }

    #[test]
    fn only_what_differs_is_marked() {
        assert_eq!(shown("12 Main Street", "12 Mainz Street"), "12 [Main] Street → 12 [Mainz] Street");
        assert_eq!(shown("2026-10-02", "2026-11-02"), "2026-[10]-02 → 2026-[11]-02");
        assert_eq!(shown("a b c", "a x c d"), "a [b] c → a [x] c[ d]");
        assert_eq!(shown("", "new"), " → [new]");
        assert_eq!(shown("same", "same"), "same → same");
    }

    #[test]
    fn long_texts_end() {
        let long = "a b ".repeat(5000);
        let (old, _) = pieces(&format!("{long}x{long}"), &format!("{long}y{long}z"));
        assert!(old.iter().any(|p| p.differs));
    }
}
