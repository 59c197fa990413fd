//! The list of synonyms: which words, in which language, mean which concept, and which concepts a platform's fields are.
//! The list is data (`synonyms.toml`), part of the program.

use super::fold::{Name, fold, fold_phrase};
use std::collections::BTreeMap;

const TEXT: &str = include_str!("synonyms.toml");

/// The list, folded.
pub(super) struct Synonyms {
    /// Folded words → concept and language.
    phrases: BTreeMap<String, Vec<(usize, &'static str)>>,
    /// Names of the concepts.
    concepts: Vec<String>,
    /// `Model.field` of the platform → concepts, the best first.
    fields: BTreeMap<String, Vec<usize>>,
    /// Models of the platform → concepts of what a list is about.
    models: BTreeMap<String, Vec<usize>>,
    /// `Model.field` → the field it follows from, and how.
    derived: BTreeMap<String, (String, String)>,
    /// Folded words in cells → what they mean.
    values: Vec<(String, Vec<String>)>,
    /// Folded words: yes, no, on, off, null, total.
    flags: BTreeMap<String, Vec<String>>,
}

/// How a name means a concept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Meaning {
    /// Which concept.
    pub concept: usize,
    /// How surely, up to 1.
    pub strength: f64,
    /// Two-letter language.
    pub language: &'static str,
}

/// The languages, with their names.
pub(super) const LANGUAGES: [(&str, &str); 6] = [
    ("en", "English"),
    ("de", "German"),
    ("fr", "French"),
    ("es", "Spanish"),
    ("nl", "Dutch"),
    ("no", "Norwegian"),
];

impl Synonyms {
    /// The list for a platform. The text is our own and tested; what could not be read of it would be missing.
    pub fn of(platform: &str) -> Self {
        let all: toml::Table = TEXT.parse().unwrap_or_default();
        let table = |t: &toml::Table, key: &str| {
            t.get(key).and_then(toml::Value::as_table).cloned().unwrap_or_default()
        };
        let concepts = table(&all, "concept");
        let names: Vec<String> = concepts.keys().cloned().collect();
        let own = table(&table(&all, "platform"), platform);
        let split = |t: &toml::Table| -> Vec<(String, Vec<String>)> {
            t.iter()
                .map(|(k, v)| {
                    (k.clone(), list(v.as_str().unwrap_or_default()).map(|w| fold(w).whole).collect())
                })
                .collect()
        };
        let hints = |t: toml::Table| {
            let number = |v: &toml::Value| names.iter().position(|n| Some(n.as_str()) == v.as_str());
            let concepts = |v: toml::Value| {
                v.as_array().map(|a| a.iter().filter_map(number).collect()).unwrap_or_default()
            };
            t.into_iter().map(|(k, v)| (k, concepts(v))).collect()
        };
        Self {
            phrases: phrases(&concepts),
            derived: table(&own, "derive")
                .into_iter()
                .filter_map(|(k, v)| {
                    let text = |key: &str| v.get(key).and_then(toml::Value::as_str).map(str::to_owned);
                    Some((k, (text("field")?, text("as")?)))
                })
                .collect(),
            fields: hints(table(&own, "field")),
            models: hints(table(&own, "model")),
            values: split(&table(&all, "value")),
            flags: split(&table(&all, "flag")).into_iter().collect(),
            concepts: names,
        }
    }

    /// A concept's name.
    pub fn concept(&self, concept: usize) -> &str {
        self.concepts.get(concept).map_or("", String::as_str)
    }

    /// What a name means as it stands, each concept once.
    pub fn meanings(&self, name: &Name) -> Vec<Meaning> {
        let mut found: Vec<Meaning> = Vec::new();
        let numbered = name.numbered.as_deref().unwrap_or("");
        for (key, strength) in [(name.whole.as_str(), 1.0), (numbered, 0.98)] {
            for (concept, language) in self.phrases.get(key).into_iter().flatten() {
                if !found.iter().any(|m| m.concept == *concept) {
                    found.push(Meaning { concept: *concept, strength, language });
                }
            }
        }
        found
    }

    /// The languages a name is a word of.
    pub fn languages(&self, name: &Name) -> Vec<&'static str> {
        let keys = [Some(&name.whole), name.numbered.as_ref()];
        let mut found = Vec::new();
        for (_, language) in keys.into_iter().flatten().filter_map(|k| self.phrases.get(k)).flatten() {
            if !found.contains(language) {
                found.push(*language);
            }
        }
        found
    }

    /// The concepts of a platform's field by the hints, the best first.
    pub fn of_field(&self, model: &str, field: &str) -> &[usize] {
        self.fields.get(&format!("{model}.{field}")).map_or(&[], Vec::as_slice)
    }

    /// The field that a field follows from, and the expression with `%` for its column.
    pub fn derived(&self, model: &str, field: &str) -> Option<(&str, &str)> {
        self.derived.get(&format!("{model}.{field}")).map(|(f, e)| (f.as_str(), e.as_str()))
    }

    /// The concepts of what lists of this model are called.
    pub fn of_model(&self, model: &str) -> &[usize] {
        self.models.get(model).map_or(&[], Vec::as_slice)
    }

    /// What a value of a cell means: entries of `[value]`.
    pub fn value(&self, text: &str) -> Vec<&str> {
        let folded = fold(text).whole;
        self.values
            .iter()
            .filter(|(_, words)| words.contains(&folded))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Whether a value is one of the words of this flag (yes, no, on, off, null, total).
    pub fn is(&self, flag: &str, text: &str) -> bool {
        let folded = fold(text).whole;
        // Folding takes "-" away altogether.
        let key = if folded.is_empty() { text.trim().to_owned() } else { folded };
        flag == "null" && matches!(key.as_str(), "-" | "--" | "?" | "–")
            || self.flags.get(flag).is_some_and(|words| !key.is_empty() && words.contains(&key))
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split('|').map(str::trim).filter(|w| !w.is_empty())
}

fn phrases(concepts: &toml::Table) -> BTreeMap<String, Vec<(usize, &'static str)>> {
    let mut all: BTreeMap<String, Vec<(usize, &'static str)>> = BTreeMap::new();
    for (n, languages) in concepts.values().enumerate() {
        for (language, _) in LANGUAGES {
            for phrase in languages.get(language).and_then(toml::Value::as_str).into_iter().flat_map(list) {
                let entry = all.entry(fold_phrase(phrase).whole).or_default();
                if !entry.contains(&(n, language)) {
                    entry.push((n, language));
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_whole() {
        let all: toml::Table = TEXT.parse().unwrap();
        let concepts = all["concept"].as_table().unwrap();
        assert!(concepts.len() >= 145, "{}", concepts.len());
        for (name, languages) in concepts {
            for (language, _) in LANGUAGES {
                assert!(languages.get(language).is_some(), "{name} has no {language}");
            }
        }
    }

    #[test]
    fn hints_name_fields_and_concepts_that_are_there() {
        let platform = crate::spec::platform::load(std::path::Path::new("/"), "lockstep").unwrap();
        let all: toml::Table = TEXT.parse().unwrap();
        let concepts = all["concept"].as_table().unwrap();
        let own = all["platform"]["lockstep"].as_table().unwrap();
        for (key, list) in own["field"].as_table().unwrap().iter().chain(own["model"].as_table().unwrap()) {
            let (model, field) = key.split_once('.').unwrap_or((key, ""));
            let found = platform.model(model).unwrap_or_else(|| panic!("{key}"));
            assert!(field.is_empty() || found.field(field).is_some(), "{key}");
            for concept in list.as_array().unwrap() {
                assert!(concepts.contains_key(concept.as_str().unwrap()), "{key}: {concept}");
            }
        }
    }

    #[test]
    fn words_of_six_languages() {
        let s = Synonyms::of("lockstep");
        for (word, concept) in [
            ("Fälligkeit", "due date"),
            ("N° facture", "invoice number"),
            ("Fecha de vencimiento", "due date"),
            ("Vervaldatum", "due date"),
            ("Forfallsdato", "due date"),
            ("Kundennr.", "customer number"),
            ("MVAnr.", "tax number"),
            ("PLZ", "postal code"),
        ] {
            let found: Vec<&str> = s.meanings(&fold(word)).iter().map(|m| s.concept(m.concept)).collect();
            assert!(found.contains(&concept), "{word}: {found:?}");
        }
        assert!(s.is("yes", "J") && s.is("null", "k.A.") && s.is("null", "-") && !s.is("null", "x"));
        assert_eq!(s.value("Gutschrift"), ["credit memo"]);
    }
}
