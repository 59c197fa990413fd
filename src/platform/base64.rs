//! Base64 (RFC 4648, section 4): what http Basic wants, and what a text looks like inside of something so encoded.

use zeroize::Zeroizing;

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// All of it, padded.
pub(super) fn encoded(bytes: &[u8]) -> String {
    let letter = |n: u32| LETTERS.get((n & 63) as usize).copied().map_or('=', char::from);
    let group = |chunk: &[u8]| {
        let bits = chunk.iter().fold(0_u32, |n, b| n << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        let kept = (0..=chunk.len()).map(|n| letter(bits >> (18 - 6 * n)));
        kept.chain(std::iter::repeat('=')).take(4).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

/// The letters that are the same whatever stands around it, when it begins at a byte that is so many behind a group's start.
pub(super) fn inside(bytes: &[u8], before: usize) -> String {
    let mut all = Zeroizing::new(vec![0; before]);
    all.extend(bytes);
    let whole = Zeroizing::new(encoded(&all));
    let (from, to) = ((before * 8).div_ceil(6), all.len() * 8 / 6);
    whole.get(from..to).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_in_base64() {
        for (plain, coded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ] {
            assert_eq!(encoded(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn a_text_inside_of_another_has_three_forms() {
        for (around, before) in [("", 0), ("a", 1), ("ab", 2), ("abc", 0), ("abcd", 1)] {
            for behind in ["", "z", "zz"] {
                let whole = encoded(format!("{around}canary+/{behind}").as_bytes());
                let part = inside(b"canary+/", before);
                assert!(part.len() >= 9 && whole.contains(&part), "{part} is not in {whole}");
            }
        }
    }
}
