//! Elements as JSON: an object in document order, `@name` for attributes, repeated children as an array at the place
//! of the first, leaves as strings, mixed text as `#text`.

use crate::source::paths::Attribute;

/// An element being read for its JSON.
pub(super) struct Building {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<(String, Vec<String>)>,
}

impl Building {
    /// Starts at an element's start tag.
    pub(super) fn start(name: &str, attributes: &[Attribute]) -> Self {
        let attributes = attributes.iter().map(|a| (a.local.clone(), a.value.clone())).collect();
        Self { name: name.to_owned(), attributes, children: Vec::new() }
    }

    /// Takes in a child's JSON.
    pub(super) fn add(&mut self, child: &Building, json: String) {
        match self.children.iter_mut().find(|(name, _)| *name == child.name) {
            Some((_, values)) => values.push(json),
            None => self.children.push((child.name.clone(), vec![json])),
        }
    }

    /// The element's JSON; `text` is its own direct text.
    pub(super) fn json(&self, text: &str) -> String {
        let bare = self.attributes.is_empty() && self.children.is_empty();
        if bare {
            return quoted(text);
        }
        let mut members: Vec<String> = Vec::new();
        for (name, value) in &self.attributes {
            members.push(format!("{}:{}", quoted(&format!("@{name}")), quoted(value)));
        }
        for (name, values) in &self.children {
            let value = match values.as_slice() {
                [one] => one.clone(),
                several => format!("[{}]", several.join(",")),
            };
            members.push(format!("{}:{value}", quoted(name)));
        }
        if !text.trim().is_empty() {
            members.push(format!("\"#text\":{}", quoted(text)));
        }
        format!("{{{}}}", members.join(","))
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}
