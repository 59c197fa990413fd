use super::{Item, Tokenizer, sniff};
use crate::source::encoding::{Declared, Utf8};
use crate::source::testing::{Place, request};
use proptest::prelude::*;

fn tokens(bytes: &[u8]) -> Tokenizer {
    Tokenizer::new(
        Utf8::open(Box::new(std::io::Cursor::new(bytes.to_vec())), Declared::Label("utf-8")).unwrap(),
    )
}

#[test]
fn delimiters_are_counted_outside_quotes() {
    assert_eq!(sniff(b"Name, first;\"a,b,c\";Betrag"), b';');
    assert_eq!(sniff(b"a\tb"), b'\t');
    assert_eq!(sniff(b"alone"), b',');
}

#[test]
fn mixed_line_ends_keep_physical_lines() {
    let rows = Place::new().rows("a.csv", "a,b\r\n1,2\n3,4\r5,6\r\n\r\n7,8", |_| {});
    assert_eq!(rows, ["2|1|2", "3|3|4", "4|5|6", "6|7|8"]);
}

#[test]
fn quotes_commas_and_lines_inside_fields() {
    let rows = Place::new().rows("a.csv", "a,b\n\"x\r\ny\",\"say \"\"hi\"\"\"\n\"\",z\n", |_| {});
    assert_eq!(rows, ["2|x\r\ny|say \"hi\"", "4||z"]);
}

#[test]
fn an_unclosed_quote_takes_its_own_line_only() {
    let place = Place::new();
    let rows = place.rows("a.csv", "a,b\n1,\"open\n2,x\n3,\"q\"\n4,y\n", |_| {});
    assert_eq!(rows, ["3|2|x", "4|3|q", "5|4|y"]);
    assert_eq!(place.refused(), ["2|E121|1,\"open"]);
}

#[test]
fn an_unclosed_quote_at_the_end_loses_nothing() {
    let place = Place::new();
    let rows = place.rows("a.csv", "a,b\n1,\"open\n2,x\n", |_| {});
    assert_eq!((rows, place.refused()), (vec!["3|2|x".to_owned()], vec!["2|E121|1,\"open".to_owned()]));
}

#[test]
fn ragged_and_stray_lines_are_refused_with_their_text() {
    let place = Place::new();
    let rows = place.rows("a.csv", "a;b\n1;2;\n1\n1;2;3\n5\" pipe;x\n\"x\" y;2\n", |_| {});
    assert_eq!(rows, ["2|1|2"]);
    assert_eq!(place.refused(), ["3|E120|1", "4|E120|1;2;3", "5|E121|5\" pipe;x", "6|E121|\"x\" y;2"]);
}

#[test]
fn a_bad_byte_refuses_its_line_and_names_its_place() {
    let place = Place::new();
    let rows = place.rows("a.csv", b"a,b\n1,\xE4\n2,x\n", |_| {});
    assert_eq!(rows, ["3|2|x"]);
    let reason: String = place.db.one("SELECT reason FROM raw._refused", [], |r| r.get(0)).unwrap();
    assert_eq!(reason, "byte 7 of the file is not UTF-8 text");
}

#[test]
fn encodings_declared_and_marked() {
    let latin = |r: &mut crate::source::Request| r.encoding = Some("windows-1252".to_owned());
    assert_eq!(Place::new().rows("a.csv", b"a\n\x80\xE4\n", latin), ["2|€ä"]);
    assert_eq!(Place::new().rows("a.csv", b"\xEF\xBB\xBFa\n1\n", |_| {}), ["2|1"]);
    let wide = |be: bool| -> Vec<u8> {
        "\u{feff}a,b\n1,ü\n"
            .encode_utf16()
            .flat_map(|u| if be { u.to_be_bytes() } else { u.to_le_bytes() })
            .collect()
    };
    assert_eq!(Place::new().rows("a.csv", wide(true), |_| {}), ["2|1|ü"]);
    assert_eq!(Place::new().rows("a.csv", wide(false), |_| {}), ["2|1|ü"]);
}

#[test]
fn half_a_pair_in_utf16_refuses_its_line() {
    let mut bytes: Vec<u8> = "\u{feff}a\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.extend([0x00, 0xD8]);
    bytes.extend("\nx\n".encode_utf16().flat_map(u16::to_le_bytes));
    let place = Place::new();
    assert_eq!(place.rows("a.csv", bytes, |_| {}), ["3|x"]);
    let reason: String = place.db.one("SELECT reason FROM raw._refused", [], |r| r.get(0)).unwrap();
    assert_eq!(reason, "byte 7 of the file is not UTF-16LE text");
}

#[test]
fn wrong_encodings_and_empty_files_say_so() {
    let place = Place::new();
    let wide: Vec<u8> = "a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(place.error("a.csv", wide, |_| {}).contains("utf-16le without a mark"));
    assert!(place.error("a.csv", "", |_| {}).starts_with("E108"));
    assert!(place.error("a.csv", "a\n", |r| r.encoding = Some("klingon".into())).starts_with("E107"));
}

#[test]
fn header_rows_below_a_preamble_are_joined() {
    let place = Place::new();
    let text = "Export \"of today\n\nBeleg;;Pos\nArt;Nr;\n1;2;3\n";
    let mut request = request("t", place.file("a.csv", text));
    request.header_rows = vec![3, 4];
    let loaded = place.read(&[request]).unwrap();
    let names: Vec<&str> = loaded[0].columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["Beleg / Art", "Nr", "Pos"]);
    assert_eq!(place.table("t", 3), ["5|1|2|3"]);
}

#[test]
fn files_are_stacked_by_column_name() {
    let place = Place::new();
    let mut both = request("t", place.file("1.csv", "a,b\n1,2\n"));
    both.files.push(place.file("2.csv", "b;c;\n3;4\n"));
    let loaded = place.read(&[both]).unwrap();
    let names: Vec<&str> = loaded[0].columns.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c", "column C"]);
    assert_eq!(loaded[0].parts[1].places, [None, Some(0), Some(1), Some(2)]);
    assert_eq!(place.table("t", 4), ["2|1|2|∅|∅", "2|∅|3|4|∅"]);
}

#[test]
fn duplicate_names_stay_two_columns() {
    let place = Place::new();
    let loaded = place.read(&[request("t", place.file("1.csv", "a,a\n1,2\n"))]).unwrap();
    assert_eq!(loaded[0].columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["a", "a"]);
    assert_eq!(place.table("t", 2), ["2|1|2"]);
}

#[test]
fn a_line_over_the_limit_is_refused_and_the_next_one_read() {
    let place = Place::new();
    let text = format!("a\n{}\n2\n", "x".repeat((16 << 20) + 10));
    assert_eq!(place.rows("a.csv", text, |_| {}), ["3|2"]);
    let reason: String = place.db.one("SELECT reason FROM raw._refused", [], |r| r.get(0)).unwrap();
    assert!(reason.starts_with("the line has 16777226 bytes"));
}

#[test]
fn a_delimiter_of_several_bytes() {
    let rows = Place::new().rows("a.csv", "a¦b\n1¦\"x¦y\"\n", |r| r.delimiter = Some('¦'));
    assert_eq!(rows, ["2|1|x¦y"]);
}

/// One character at a time, from the grammar; `None` for a record that breaks it.
fn oracle(text: &str) -> Option<Vec<Vec<String>>> {
    let (mut records, mut record, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut rest = text.chars().peekable();
    let (mut quoted, mut closed, mut any) = (false, false, false);
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => field.push(rest.next()?),
            '"' if quoted => (quoted, closed) = (false, true),
            _ if quoted => field.push(c),
            '"' if field.is_empty() && !closed => (quoted, any) = (true, true),
            '"' => return None,
            ',' => {
                record.push(std::mem::take(&mut field));
                (closed, any) = (false, true);
            }
            '\r' | '\n' => {
                if c == '\r' && rest.peek() == Some(&'\n') {
                    rest.next();
                }
                if any {
                    record.push(std::mem::take(&mut field));
                    records.push(std::mem::take(&mut record));
                }
                (closed, any) = (false, false);
            }
            _ if closed => return None,
            _ => {
                field.push(c);
                any = true;
            }
        }
    }
    if quoted {
        return None;
    }
    if any {
        record.push(field);
        records.push(record);
    }
    Some(records)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn the_reader_agrees_with_the_grammar(text in "[ab,\"\r\n\u{e4}]{0,40}") {
        let mut reader = tokens(text.as_bytes());
        let (mut rows, mut refused) = (Vec::new(), 0);
        while let Some(item) = reader.next().unwrap() {
            match item {
                Item::Row(_, row) => rows.push(row.fields().map(std::borrow::Cow::into_owned).collect::<Vec<_>>()),
                Item::Blank => {}
                Item::Refused(_) => refused += 1,
            }
        }
        prop_assert!(reader.lines_agree());
        match oracle(&text) {
            Some(want) => prop_assert_eq!((rows, refused), (want, 0)),
            None => prop_assert!(refused > 0),
        }
    }

    #[test]
    fn every_line_ends_up_somewhere(text in "[a,\"\r\n]{0,60}") {
        let mut reader = tokens(text.as_bytes());
        let (mut next, mut shown) = (1, String::new());
        while let Some(item) = reader.next().unwrap() {
            let (line, text) = match item {
                Item::Row(line, row) => (line, row.text().to_owned()),
                Item::Blank => (next, String::new()),
                Item::Refused(one) => (one.row, one.text),
            };
            prop_assert_eq!(line, next);
            shown.push_str(&text);
            next = reader.line();
        }
        let bare = |t: &str| t.replace(['\r', '\n'], "");
        prop_assert_eq!(bare(&shown), bare(&text));
    }
}
