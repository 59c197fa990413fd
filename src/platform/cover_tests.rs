//! What comes back is covered in every form, and the data around it is left as it is.

use super::*;

fn covered(cover: &Cover, text: &str) -> String {
    let mut text = text.as_bytes().to_vec();
    cover.over(&mut text);
    String::from_utf8(text).unwrap()
}

/// Eleven characters that every encoding writes otherwise.
const SHORT: &str = "c4n/Ry+7&\"Q";

#[test]
fn a_secret_that_comes_back_is_covered() {
    let cover = Cover::of("Api-Key", "canary-4711", false);
    assert_eq!(
        covered(&cover, "key=canary-4711, canary-4711canary-471"),
        "key=***********, ***********canary-471"
    );
}

#[test]
fn however_it_is_escaped() {
    let cover = Cover::of("Api-Key", SHORT, false);
    for form in [
        "c4n/Ry+7&\"Q",
        "c4n%2FRy%2B7%26%22Q",
        "c4n%2fRy%2b7%26%22Q",
        "%634n/Ry%2B7&%22Q",
        "c4n/Ry+7&\\\"Q",
        "c4n\\/Ry\\u002B7\\u0026\\u0022Q",
        "c4n/Ry\\u002b7\\u0026\\\"Q",
        "c4n\\\\/Ry\\\\u002B7&\\\\\\\"Q",
        "\\u00634n/Ry+7&\\\"Q",
        "YzRuL1J5KzcmIlE=",
        "YzRuL1J5KzcmIlE%3D",
        "YzRuL1J5KzcmIlE\\u003D",
    ] {
        let told = covered(&cover, &format!("{{\"said\": \"x {form} x\"}}"));
        let stars = "*".repeat(form.len());
        assert_eq!(told, format!("{{\"said\": \"x {stars} x\"}}"), "{form}");
    }
    // Nearly the same is not.
    let other = "c4n/Ry+7&\"R c4n%2FRy%2B7%26%22 c4n\\/Ry\\u002B7\\u0026Q %%% \\\\\\ \\u00 %2";
    assert_eq!(covered(&cover, other), other);
}

#[test]
fn in_base64_at_every_place() {
    let cover = Cover::of("Authorization", SHORT, false);
    for before in ["", "a", "ab", "Bearer ", "Authorization: Bearer "] {
        let coded = base64::encoded(format!("{before}{SHORT}\r\n").as_bytes());
        let for_urls = coded.replace('+', "-").replace('/', "_");
        for coded in [coded, for_urls] {
            // At each end a letter may be left that a neighbour has a part in.
            let left = covered(&cover, &coded).chars().filter(|c| *c == '*').count();
            assert!(left + 2 >= SHORT.len() * 8 / 6, "{left} of {coded}");
        }
    }
}

#[test]
fn basic_credentials_are_covered_as_they_are_sent_and_as_they_are_meant() {
    let cover = Cover::of("Authorization", "bot:pä55 word~1", true);
    let coded = base64::encoded("bot:pä55 word~1".as_bytes());
    for (told, left) in [
        (format!("Basic {coded}."), "Basic *."),
        (format!("Basic%20{}.", coded.replace('=', "%3D")), "Basic%20*."),
        (format!("{}.", coded.trim_end_matches('=')), "*."),
        ("login bot:pä55 word~1.".to_owned(), "login *."),
        ("bot with p\\u00e455 word~1.".to_owned(), "bot with *."),
        ("bot with p%C3%A455+word%7e1.".to_owned(), "bot with *."),
    ] {
        let mut text = covered(&cover, &told);
        while text.contains("**") {
            text = text.replace("**", "*");
        }
        assert_eq!(text, left, "{told}");
    }
}

#[test]
fn a_word_or_number_of_the_data_is_left_alone_but_for_the_header() {
    let data = r#"{"active":true,"number":"471100","key":"active-471100"}"#;
    for secret in ["active", "471100", "abc", "x", ""] {
        let cover = Cover::of("Api-Key", secret, false);
        assert_eq!(covered(&cover, data), data, "{secret}");
    }
    let cover = Cover::of("Api-Key", "active", false);
    assert_eq!(
        covered(&cover, r#"{"active":1} API-KEY: active, {"api-key" : "active"}, api-key%22%3A%22active"#),
        r#"{"active":1} API-KEY: ******, {"api-key" : "******"}, api-key%22%3A%22******"#
    );
    assert_eq!(covered(&cover, "in base64 YWN0aXZl"), "in base64 ********");
    let long = Cover::of("Api-Key", "canaryshort", false);
    assert_eq!(covered(&long, "a canaryshort."), "a ***********.");
}

/// Whoever answers may choose what makes looking through it slow.
#[test]
fn a_large_answer_full_of_escapes_takes_no_time() {
    let cover = Cover::of("Authorization", "bot:%25%\\\\\\%25\\%\\x", true);
    for part in ["%25\\\\%5C\\u0025", "\\\\\\\\\\\\\\\\", "%%%%%%%%"] {
        let mut text = part.repeat(50_000).into_bytes();
        let begun = std::time::Instant::now();
        cover.over(&mut text);
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{part}: {:?}", begun.elapsed());
    }
}
