use super::*;
use crate::report::fixture;

#[test]
fn a_small_plan() {
    insta::assert_snapshot!(render(&fixture::head(), &fixture::small(), 42).unwrap());
}

#[test]
fn a_large_one_is_bounded_and_says_what_is_left_out() {
    let db = fixture::many(20_000);
    db.run("UPDATE plan.shown SET kind = 'removed' WHERE id % 2 = 0").unwrap();
    db.run("INSERT INTO plan.refused SELECT i, 'rejected', 'customer', 'M', 'k' || i, 'f', 'E310', 'v', repeat('why ', 50), 'f', 'p', false, NULL FROM range(5000) AS r(i)").unwrap();
    let text = render(&fixture::head(), &db, 42).unwrap();
    assert!(text.len() <= MOST, "{}", text.len());
    let last = text.lines().find(|l| l.starts_with("**Left out here")).unwrap();
    for part in ["under \"Removed\"", "under \"Not sent\"", "under \"New\"", "crosswalk show 42 --csv"] {
        assert!(last.contains(part), "{part}: {last}");
    }
    assert!(text.trim_end().ends_with("**Rehearsal. Nothing leaves this machine.**"));
}

#[test]
fn no_text_becomes_markup() {
    for text in [
        "<img src=x onerror=alert(1)>",
        "](javascript:x)",
        "@octocat",
        "```",
        "a`b``c",
        "| x | y |",
        "\u{202e}",
        "x\n# y\n",
    ] {
        let (head, db) = fixture::hostile(text);
        let shown = render(&head, &db, 42).unwrap();
        // What stands in code spans cannot act; without them nothing is left of it.
        let mut outside = shown.clone();
        for fence in ["````", "```", "``", "`"] {
            while let Some(start) = outside.find(fence) {
                let Some(end) = outside[start + fence.len()..].find(fence) else { break };
                outside.replace_range(start..start + end + 2 * fence.len(), "");
            }
        }
        assert!(!outside.contains("<img") && !outside.contains("](") && !outside.contains("@o"), "{outside}");
        assert!(!shown.contains('\u{202e}') && !shown.contains("\n# y"), "{shown}");
    }
}
