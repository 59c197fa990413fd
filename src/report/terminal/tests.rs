//! Snapshots of the terminal report and its bounds.

use super::*;
use crate::report::fixture;

fn at(width: usize, limit: usize) -> Look {
    Look { width, colour: false, number: Some(42), limit }
}

fn next() -> Vec<String> {
    vec!["crosswalk apply acme 42".to_owned()]
}

#[test]
fn wide() {
    let shown = render(&fixture::head(), &fixture::small(), &at(100, 20), &next()).unwrap();
    insta::assert_snapshot!(shown, @"");
}

#[test]
fn narrow() {
    let shown = render(&fixture::head_without_removal(), &fixture::small(), &at(60, 20), &next()).unwrap();
    insta::assert_snapshot!(shown, @"");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [40, 60, 80, 100, 140] {
        let shown = render(&fixture::head(), &fixture::small(), &at(width, 20), &next()).unwrap();
        for line in shown.lines() {
            assert!(text::width(line) <= width, "{width}: {line}");
        }
    }
}

#[test]
fn begins_and_ends_with_the_destination() {
    let head = fixture::head();
    let shown = render(&head, &fixture::small(), &at(100, 20), &[]).unwrap();
    assert!(shown.starts_with(&head.destination));
    assert!(shown.trim_end().ends_with(&head.destination));
}

#[test]
fn what_is_left_out_is_counted() {
    let shown = render(&fixture::head(), &fixture::many(1_254), &at(100, 20), &[]).unwrap();
    assert!(shown.contains("… and 1,234 more customer, see the HTML report"), "{shown}");
    assert!(shown.lines().count() < 80);
}

#[test]
fn a_plan_of_nothing_says_so() {
    let head = Head { records: Vec::new(), guards: Vec::new(), ..fixture::head() };
    let shown = render(&head, &fixture::empty(), &at(100, 20), &[]).unwrap();
    assert!(shown.contains("No record is planned, changed or rejected."));
}

#[test]
fn the_same_twice() {
    let once = || render(&fixture::head(), &fixture::small(), &at(100, 1), &next()).unwrap();
    assert_eq!(once(), once());
}

#[test]
fn no_control_byte_but_ours() {
    let db = fixture::small();
    let nasty = "x' || chr(27) || '[2J' || chr(27) || ']52;c;AAAA' || chr(7) || chr(13) || chr(8238) || chr(155) || '";
    db.run(&format!(
        "UPDATE plan.shown SET key = '{nasty}', record = '{nasty}', cause = '{nasty}', note = '{nasty}', file = '{nasty}',
         place = '{nasty}', fields = [{{name: '{nasty}', old: '{nasty}', new: '{nasty}y'}}], parent_key = '{nasty}';
         UPDATE plan.refused SET record = '{nasty}', key = '{nasty}', field = '{nasty}', code = '{nasty}',
         value = '{nasty}', reason = '{nasty}', file = '{nasty}', place = '{nasty}', note = '{nasty}'"
    ))
    .unwrap();
    let evil = "e\x1b[2J\x07\r\u{202e}\u{9b}";
    let mut head = fixture::head();
    for text in [
        &mut head.destination,
        &mut head.mapping,
        &mut head.platform,
        &mut head.environment,
        &mut head.created,
    ] {
        evil.clone_into(text);
    }
    head.notes.push(evil.into());
    head.nothing_removed.push(evil.into());
    for record in &mut head.records {
        record.record = evil.into();
        record.totals.iter_mut().for_each(|t| (t.field, t.currency) = (evil.into(), Some(evil.into())));
    }
    head.guards
        .iter_mut()
        .for_each(|g| (g.record, g.limit, g.figure) = (evil.into(), evil.into(), evil.into()));
    head.sources
        .iter_mut()
        .flat_map(|s| &mut s.files)
        .for_each(|f| (f.file, f.part) = (evil.into(), Some(evil.into())));
    let shown = render(&head, &db, &at(100, 20), &[evil.into()]).unwrap();
    let unsafe_one = shown.chars().find(|c| crate::diagnostic::escape::is_unsafe(*c));
    assert_eq!(unsafe_one, None);
    let coloured = Look { colour: true, ..at(100, 20) };
    let shown = render(&head, &db, &coloured, &[evil.into()]).unwrap();
    for (start, _) in shown.match_indices('\x1b') {
        let rest = &shown[start..];
        assert!(
            ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m"]
                .iter()
                .any(|s| rest.starts_with(s))
        );
    }
}
