//! The delimiter, found from the header line.

/// The delimiters looked for, in order of preference.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The candidate that stands most often outside quotes in the header line; a comma when there is none.
pub(in crate::source) fn sniff(header: &[u8]) -> u8 {
    let mut counts = [0_usize; CANDIDATES.len()];
    let mut quoted = false;
    for byte in header {
        if *byte == b'"' {
            quoted = !quoted;
        } else if !quoted && let Some(n) = CANDIDATES.iter().position(|c| c == byte) {
            counts[n] += 1;
        }
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    CANDIDATES.iter().zip(counts).find(|(_, n)| *n == most).map_or(b',', |(c, _)| *c)
}
