//! JSON whose digits stay as they stand: reading a member by its pointer, putting members together, filling in a path.
//! Used by the client and by the practice platform, so that both read a platform file's pointers alike.

use super::{Piece, pieces};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The members of an object, each as it stands.
pub type Members = BTreeMap<String, Box<RawValue>>;

/// The value at a JSON pointer; the empty pointer is the whole.
pub fn at(json: &RawValue, pointer: &str) -> Option<Box<RawValue>> {
    let mut value = json.to_owned();
    for name in pointer.split('/').skip(1) {
        let mut members: Members = serde_json::from_str(value.get()).ok()?;
        value = members.remove(&name.replace("~1", "/").replace("~0", "~"))?;
    }
    Some(value)
}

/// The items of the list at a JSON pointer.
pub fn items(json: &RawValue, pointer: &str) -> Option<Vec<Box<RawValue>>> {
    serde_json::from_str(at(json, pointer)?.get()).ok()
}

/// A text as it reads, a number or `true` by its letters; `None` for null, and for what holds other values.
pub fn text_of(json: &RawValue) -> Option<String> {
    match json.get().as_bytes().first()? {
        b'"' => serde_json::from_str(json.get()).ok(),
        b'n' | b'{' | b'[' => None,
        _ => Some(json.get().to_owned()),
    }
}

/// An object being put together, in the order its members come.
#[derive(Clone, Debug, Default)]
pub struct Tree(Vec<(String, Node)>);

#[derive(Clone, Debug)]
enum Node {
    Value(String),
    Object(Tree),
}

impl Tree {
    /// Puts a JSON text at a pointer, making the objects on the way; what stood there is gone.
    pub fn put(&mut self, pointer: &str, json: impl Into<String>) {
        let names: Vec<String> =
            pointer.split('/').skip(1).map(|n| n.replace("~1", "/").replace("~0", "~")).collect();
        if let Some((last, path)) = names.split_last() {
            self.put_below(path, last, Node::Value(json.into()));
        }
    }

    /// Puts a text at a pointer.
    pub fn put_text(&mut self, pointer: &str, text: &str) {
        self.put(pointer, serde_json::Value::from(text).to_string());
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As JSON.
    pub fn json(&self) -> String {
        let mut text = String::from("{");
        for (n, (name, node)) in self.0.iter().enumerate() {
            let comma = if n > 0 { "," } else { "" };
            let value = match node {
                Node::Value(json) => json.clone(),
                Node::Object(tree) => tree.json(),
            };
            // Writing to a String cannot fail.
            let _ = write!(text, "{comma}{}:{value}", serde_json::Value::from(name.as_str()));
        }
        text.push('}');
        text
    }

    /// Puts a node below a path of names.
    fn put_below(&mut self, path: &[String], last: &str, node: Node) {
        let Some((first, rest)) = path.split_first() else { return self.set(last, node) };
        let there = |(n, v): &&mut (String, Node)| n == first && matches!(v, Node::Object(_));
        if let Some((_, Node::Object(tree))) = self.0.iter_mut().find(there) {
            return tree.put_below(rest, last, node);
        }
        let mut tree = Tree::default();
        tree.put_below(rest, last, node);
        self.set(first, Node::Object(tree));
    }

    fn set(&mut self, name: &str, node: Node) {
        self.0.retain(|(n, _)| n != name);
        self.0.push((name.to_owned(), node));
    }
}

/// A path with its places filled in, each percent-encoded; `Err` names a place that has no value.
///
/// # Errors
/// The name of the place.
pub fn filled(path: &str, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut made = String::new();
    for piece in pieces(path) {
        match piece {
            Piece::Text(text) => made.push_str(text),
            Piece::Place(name) => {
                // A segment of dots goes up, however it is written; no encoding helps. In a query they are as good as any.
                let value = value(name).filter(|v| made.contains('?') || (v != "." && v != ".."));
                made.push_str(&escaped(&value.ok_or_else(|| name.to_owned())?));
            }
        }
    }
    Ok(made)
}

/// A text as one segment of a path or one value of a query: nothing in it can leave its place.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut made, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            made.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(made, "%{byte:02X}");
        }
        made
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn digits_stay_as_they_stand() {
        let json = raw(r#"{"a":{"b/c":[{"n":9007199254740993.10},{}]}}"#);
        let list = items(&json, "/a/b~1c").unwrap();
        assert_eq!(at(&list[0], "/n").unwrap().get(), "9007199254740993.10");
        assert_eq!(at(&json, "").unwrap().get(), json.get());
        assert!(at(&json, "/a/x").is_none() && items(&json, "/a").is_none());
        assert_eq!(text_of(&raw("7")).as_deref(), Some("7"));
        assert_eq!(text_of(&raw("\"7\\n\"")).as_deref(), Some("7\n"));
        assert_eq!(text_of(&raw("null")), None);
    }

    #[test]
    fn members_are_put_deep_and_in_order() {
        let mut tree = Tree::default();
        tree.put("/z", "1.10");
        tree.put_text("/name/first", "A\"");
        tree.put_text("/name/last", "B");
        tree.put("/z", "2");
        assert_eq!(tree.json(), r#"{"name":{"first":"A\"","last":"B"},"z":2}"#);
    }

    #[test]
    fn what_is_filled_in_cannot_leave_its_place() {
        let value = |name: &str| match name {
            "id" => Some("../admin".to_owned()),
            "q" => Some("?x=1&y=%2f#".to_owned()),
            _ => None,
        };
        assert_eq!(filled("/a/{id}?q={q}", value).unwrap(), "/a/%2E%2E%2Fadmin?q=%3Fx%3D1%26y%3D%252f%23");
        assert_eq!(filled("/a/{b}", value), Err("b".to_owned()));
        assert_eq!(filled("/a/{up}", |_| Some("..".to_owned())), Err("up".to_owned()));
    }
}
