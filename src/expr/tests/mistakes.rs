//! Mistakes: code, place, words and advice.

use super::mistakes;
use crate::expr::scope::Grouping;

/// Expression, and its mistakes as `code «place» …` (only the beginning of each is compared).
const MISTAKES: &[(&str, &[&str])] = &[
    ("text(\"T\") = \"x\"", &["E252 «=» `=` does not compare | write `==`"]),
    ("=text(\"T\")", &["E252 «=» the expression begins with a second `=`"]),
    ("text(\"T\") <> \"x\"", &["E252 «<>» `<>` is a spreadsheet's \"not equal\" | write `!=`"]),
    ("text(\"T\") & \"x\"", &["E252 «&» there is no operator `&` | join texts with `+`"]),
    ("IF(flag(\"F\"), 1, 2)", &["E252 «IF» `IF` is a spreadsheet's function | write `if condition"]),
    ("IF(flag(\"F\"); 1; 2)", &["E252 «IF»", "E252 «;»", "E252 «;»"]),
    ("AND(flag(\"F\"), flag(\"G\"))", &["E252 «AND» `AND` is a spreadsheet's function | write `a && b`"]),
    (
        "LEN(text(\"T\"))",
        &["E252 «LEN» `LEN` is a spreadsheet's function | functions are written small: `len`"],
    ),
    ("text(\"T\") == 'x'", &["E252 «'x'» text stands in double quotes"]),
    ("text(\"T\") == 'abc'", &["E252 «'abc'» text stands in double quotes"]),
    ("num(\"N\") * 1,19", &["E252 «,» a number has a decimal point"]),
    ("let x = 1", &["E251 «let» `let` is not part of the language", "E252 «=»"]),
    (
        "text(\"T\") > 5",
        &["E256 «text(\"T\") > 5» text is compared with a number | read the column with `num(\"T\")`"],
    ),
    (
        "num(\"N\") == \"5\"",
        &["E256 «num(\"N\") == \"5\"» a number is compared with text | write 5 without quotes"],
    ),
    (
        "text(\"T\") * 2",
        &["E256 «text(\"T\")» a number is needed here, but this is text | read the column with `num(\"T\")`"],
    ),
    ("if text(\"T\") { 1 }", &["E256 «text(\"T\")» a condition is yes/no, but this is text"]),
    (
        "if flag(\"F\") { 1 } else { \"a\" }",
        &["E256 «\"a\"» this is text, but the value before it is a number"],
    ),
    ("uper(text(\"T\"))", &["E254 «uper» there is no function `uper` | Did you mean `upper`?"]),
    (
        "upper(text(\"T\"), 1)",
        &["E255 «upper(text(\"T\"), 1)» `upper` is called as `upper(text)`, not with 2 arguments"],
    ),
    ("upper(num(\"N\"))", &["E256 «num(\"N\")» text is needed here, but this is a number"]),
    ("extract(text(\"T\"), `(`)", &["E258 «`(`» \"(\" is not a valid pattern: unclosed group"]),
    ("format(date(\"D\"), \"0.00\")", &["E258 «\"0.00\"»"]),
    (
        "round(num(\"N\"), num(\"M\"))",
        &["E255 «num(\"M\")» `round(number, [decimals])` needs a whole number"],
    ),
    ("text(\"Nix\")", &["E203 «text(\"Nix\")» nothing is called `Nix`"]),
    ("nix + 1", &["E253 «nix» nothing is called `nix`"]),
    ("sum(num(\"N\"))", &["E257 «sum(num(\"N\"))» `sum` is over several rows"]),
    ("text(\"T\")[0]", &["E251 «text» `[ ]` behind a value is not part of the language"]),
    ("[1, 2]", &["E251 «[» a list is not part of the language"]),
    ("#{a: 1}", &["E251"]),
    ("IF(text(\"T\") = \"x\", 1, 2)", &["E252 «IF»", "E252 «=»"]),
    ("extract(text(\"T\"), `(?x)a`)", &["E258"]),
    ("extract(text(\"T\"), `(?=a)`)", &["E258"]),
    ("min(text(\"T\"), 2)", &["E256"]),
    ("1 +", &["E250"]),
    ("\"abc", &["E250 «\"abc» a text is not closed"]),
    ("", &["E250 «» the expression is empty"]),
    ("(1 + 2", &["E250"]),
    ("1.00000000001", &["E258 «1.00000000001» a number has at most 18 digits"]),
    ("text(\"T\") > 5 && uper(\"x\") == nix", &["E256 «text(\"T\") > 5»", "E254 «uper»", "E253 «nix»"]),
    ("\n  text(\"T\")\n  > 5", &["E256 «text(\"T\")\n  > 5»"]),
    ("`ä${text(\"T\") * 2}`", &["E256 «text(\"T\")»"]),
    ("switch num(\"N\") { 1..5 => 2, _ => 3 }", &["E251"]),
    ("switch num(\"N\") { \"a\" => 2, _ => 3 }", &["E256"]),
    ("switch text(\"T\") { \"a\" => 2, _ => \"x\" }", &["E256 «\"x\"» this is text, but"]),
    ("2 ** 3", &["E252 «**» there is no operator `**`"]),
];

#[test]
fn mistakes_are_placed_and_advised() {
    for (text, expected) in MISTAKES {
        let found = mistakes(text, Grouping::Rows);
        assert_eq!(found.len(), expected.len(), "{text}: {found:#?}");
        for (found, expected) in found.iter().zip(*expected) {
            assert!(found.starts_with(expected), "{text}\n  found    {found}\n  expected {expected}");
        }
    }
}

#[test]
fn reserved_words_are_no_names() {
    for word in ["sign", "totalAmount", "größe", "line", "_x"] {
        assert!(crate::expr::is_name(word), "{word}");
    }
    for word in ["if", "let", "package", "default", "a b", "1a", "", "out.x", "Beleg / Nr", "eval", "x // y"]
    {
        assert!(!crate::expr::is_name(word), "{word}");
    }
    let found = mistakes("out.package == 1", Grouping::Rows);
    assert!(found[0].starts_with("E250 «package» `package` is a reserved word"), "{found:?}");
}

#[test]
fn aggregates_in_the_wrong_place() {
    let record = |text: &str| mistakes(text, Grouping::Record).join("\n");
    assert!(record("line.amount > 0").contains("a record has many `line`"));
    assert!(record("sum(out.amount) > 0").contains("cannot stand inside an aggregate"));
    assert!(record("sum(1) > 0").contains("names none"));
    assert!(record("count() > 0").contains("name the child"));
    let group = mistakes("sum(sum(num(\"N\")))", Grouping::Group).join("\n");
    assert!(group.contains("cannot stand inside another"));
}
