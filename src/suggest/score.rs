//! How well a column fits a field: by its name, by what its name means, and by what its values are.
//!
//! A name alone gives up to 1. Values that the field could not hold divide it; values that only this kind of field
//! holds are enough for a weak match by themselves.

use super::fold::{Name, fold};
use super::synonyms::{LANGUAGES, Meaning, Synonyms};
use super::table::{Column, Reach};
use super::values;
use crate::spec::platform::{Field, FieldType, Model};

/// From here on a match is written as a line; below it as a suggestion.
pub(super) const SURE: f64 = 0.6;
/// From here on it is worth a suggestion.
pub(super) const WORTH: f64 = 0.4;

/// A field, ready to be compared.
pub(super) struct FieldView<'a> {
    pub field: &'a Field,
    name: Name,
    /// Its name without the words of the model's: `invoiceDate` of an invoice is `date`.
    short: Name,
    /// Concepts with how surely it is them.
    concepts: Vec<(usize, f64)>,
    key: bool,
}

/// How well a column fits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rating {
    /// Up to 1.
    pub score: f64,
    /// For the comment; empty: the names are equal.
    pub reason: String,
    /// Whether the column's name said so.
    pub by_name: bool,
}

impl<'a> FieldView<'a> {
    /// All fields of a model.
    pub fn all(model: &'a Model, synonyms: &Synonyms) -> Vec<Self> {
        let words = fold(model.name.trim_end_matches("SyncModel")).words;
        model.fields.iter().map(|f| Self::new(f, model, &words, synonyms)).collect()
    }

    fn new(field: &'a Field, model: &Model, words: &[String], synonyms: &Synonyms) -> Self {
        let name = fold(&field.name);
        let rest: Vec<String> = name.words.iter().filter(|w| !words.contains(w)).cloned().collect();
        let short = fold(&rest.join(" "));
        let mut concepts: Vec<(usize, f64)> = Vec::new();
        let mut add = |concept: usize, weight: f64| {
            if !concepts.iter().any(|(c, _)| *c == concept) {
                concepts.push((concept, weight));
            }
        };
        for (n, concept) in (0_u8..).zip(synonyms.of_field(&model.name, &field.name)) {
            add(*concept, 1.0 - 0.06 * f64::from(n));
        }
        let hinted = !synonyms.of_field(&model.name, &field.name).is_empty();
        for (name, weight) in [(&name, 0.97), (&short, 0.9)] {
            // A hint says all: `title` of a contact is no heading.
            for meaning in synonyms.meanings(name).into_iter().filter(|m| m.language == "en" && !hinted) {
                add(meaning.concept, weight * meaning.strength);
            }
        }
        let part_of_address = name.words.iter().any(|w| w == "address");
        for start in (1..name.words.len().min(4)).filter(|_| part_of_address) {
            let end = fold(&name.words.get(start..).unwrap_or_default().join(" "));
            for meaning in synonyms.meanings(&end).into_iter().filter(|m| m.language == "en" && !hinted) {
                add(meaning.concept, 0.55);
            }
        }
        Self { field, name, short, concepts, key: model.key.contains(&field.name) }
    }

    /// Whether it is a key.
    pub fn is_key(&self) -> bool {
        self.key
    }

    /// How well a column fits this field; `None`: not at all.
    pub fn rate(&self, column: &Column, synonyms: &Synonyms) -> Option<Rating> {
        if column.node != (self.field.ty == FieldType::Object) {
            return None;
        }
        let (score, reason) = self.by_name(column, synonyms)?;
        let fits = self.fits(column, synonyms);
        let far = match column.reach {
            Reach::Own => 1.0,
            Reach::Above => 0.93,
            Reach::Document => 0.88,
        };
        let elsewhere = !column.around.is_empty()
            && !column.around.iter().any(|c| self.concepts.iter().any(|(own, _)| own == c));
        let far = match (elsewhere, column.reach) {
            (false, _) => far,
            (true, Reach::Document) => far * 0.8,
            (true, _) => far * 0.92,
        };
        let reason = if fits < 0.9 && self.field.one_of.is_empty() {
            with(&reason, "its values do not look so; check")
        } else {
            reason
        };
        let most = if reason.is_empty() { 1.0 } else { 0.95 };
        Some(Rating { score: (score * fits * far).min(most), reason, by_name: true })
            .filter(|r| r.score >= WORTH)
    }

    fn by_name(&self, column: &Column, synonyms: &Synonyms) -> Option<(f64, String)> {
        let equal = |name: &Name| !name.whole.is_empty() && name.whole == self.name.whole;
        if equal(&column.whole) {
            return Some((1.0, String::new()));
        }
        if equal(&column.tail) {
            return Some((0.96, String::new()));
        }
        let short = |name: &Name| !self.short.whole.is_empty() && name.whole == self.short.whole;
        let meant = self.by_meaning(column, synonyms);
        let named = (short(&column.whole) || short(&column.tail))
            .then(|| (0.84, "the name without the record's".to_owned()));
        let like =
            spelling(&self.name, &column.whole).map(|s| (s, "spelt almost the same; check".to_owned()));
        [meant, named, like]
            .into_iter()
            .flatten()
            .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(&a.1)))
    }

    fn by_meaning(&self, column: &Column, synonyms: &Synonyms) -> Option<(f64, String)> {
        // A tail alone is less telling than the whole name, as `Nr` of `Bestellung / Nr`.
        let parts: [(&[Meaning], f64); 2] =
            [(&column.meanings[0], 0.95), (&column.meanings[1], self.tail_weight(column))];
        let mut best: Option<(f64, String)> = None;
        for (meanings, weight) in parts {
            for meaning in meanings {
                let Some((_, tie)) = self.concepts.iter().find(|(c, _)| *c == meaning.concept) else {
                    continue;
                };
                let score = meaning.strength * weight * tie;
                if best.as_ref().is_none_or(|(s, _)| score > *s) {
                    best = Some((score, means(meaning, synonyms)));
                }
            }
        }
        best
    }

    /// Of a name in parts: less when the whole already means something else.
    fn tail_weight(&self, column: &Column) -> f64 {
        let whole_means_other = !column.meanings[0].is_empty()
            && column.whole != column.tail
            && !column.meanings[0].iter().any(|m| self.concepts.iter().any(|(c, _)| *c == m.concept));
        match (whole_means_other, column.tail.words.len()) {
            (true, _) => 0.5,
            // `Beleg / Nr` of which only `Nr` is known.
            (false, 1) if column.tail.whole.len() < 3 && column.whole != column.tail => 0.6,
            _ => 0.9,
        }
    }

    /// Between 0 and a little over 1: whether the field could hold the column's values.
    fn fits(&self, column: &Column, synonyms: &Synonyms) -> f64 {
        let facts = &column.facts;
        if facts.filled == 0 || column.node {
            return 1.0;
        }
        let at_least = |share: f64, wanted: f64, worst: f64| if share >= wanted { 1.0 } else { worst };
        let name = self.field.name.to_lowercase();
        match self.field.ty {
            FieldType::Date | FieldType::DateTime => at_least(facts.dates, 0.5, 0.3),
            FieldType::Decimal(_) | FieldType::Integer => at_least(facts.numbers, 0.8, 0.2),
            FieldType::Boolean => at_least(facts.flags.max(facts.switches * 0.97), 0.8, 0.2),
            FieldType::Uuid => {
                at_least(f64::from(u8::from(facts.values.iter().all(|(v, _)| v.len() >= 32))), 1.0, 0.1)
            }
            FieldType::Object => 1.0,
            FieldType::Text if !self.field.one_of.is_empty() => {
                match values::share(self.field, column, synonyms) {
                    share if share >= 0.5 => 1.02,
                    share if share > 0.0 => 0.9,
                    _ => 0.55,
                }
            }
            // Codes that are none (NOR for NOK) are still meant as such.
            FieldType::Text if name.contains("currency") && facts.currencies < 0.5 => {
                at_least(facts.codes, 0.8, 0.3).min(0.75)
            }
            FieldType::Text if name.contains("email") => at_least(facts.mails, 0.5, 0.3),
            FieldType::Text if facts.dates > 0.5 && !name.contains("date") => 0.3,
            FieldType::Text if self.field.refers.is_some() && facts.wordy > 0.5 => 0.3,
            FieldType::Text if self.key => {
                if facts.unique {
                    1.02
                } else {
                    0.93
                }
            }
            FieldType::Text => 1.0,
        }
    }

    /// Whether the values alone say that a column is this field.
    pub fn by_content(&self, column: &Column) -> Option<Rating> {
        let (facts, name) = (&column.facts, self.field.name.to_lowercase());
        let text = self.field.ty == FieldType::Text && facts.filled > 0 && !column.node;
        let likely = |share: f64, score: f64, what: &str| {
            (text && share > 0.8).then(|| Rating { score, reason: format!("{what}; check"), by_name: false })
        };
        match name.as_str() {
            _ if name.contains("email") && facts.mails > 0.5 => {
                likely(facts.mails, 0.65, "looks like e-mail addresses")
            }
            _ if name.contains("email") => {
                likely((facts.mails_inside * 1.5).min(1.0), 0.62, "holds e-mail addresses among other text")
            }
            "currencycode" | "defaultcurrencycode" => {
                likely(facts.currencies, 0.65, "looks like currency codes")
            }
            "country" | "countrycode" => likely(facts.countries, 0.5, "looks like country codes"),
            "phone" | "phonenumber" => likely(facts.phones, 0.5, "looks like telephone numbers"),
            "webpageurl" => likely(facts.links, 0.6, "looks like web addresses"),
            "bankaccountid" => likely(facts.ibans, 0.6, "looks like IBANs"),
            _ if self.key && facts.unique => likely(1.0, 0.45, "filled in every row, and no value twice"),
            _ => None,
        }
    }

    /// Whether an unmatched column of dates could be this field: only as a suggestion.
    pub fn by_date(&self, column: &Column) -> Option<Rating> {
        let date = matches!(self.field.ty, FieldType::Date | FieldType::DateTime) && !self.field.ignore;
        (date && self.field.required && column.facts.dates > 0.8).then(|| Rating {
            score: 0.45,
            reason: "looks like dates; check".to_owned(),
            by_name: false,
        })
    }
}

/// `German for due date`; for English `means due date`.
fn means(meaning: &Meaning, synonyms: &Synonyms) -> String {
    let concept = synonyms.concept(meaning.concept);
    match LANGUAGES.iter().find(|(l, _)| *l == meaning.language) {
        Some(("en", _)) | None => format!("means {concept}"),
        Some((_, language)) => format!("{language} for {concept}"),
    }
}

/// Two reasons in one.
pub(super) fn with(reason: &str, more: &str) -> String {
    if reason.is_empty() { more.to_owned() } else { format!("{reason}; {more}") }
}

/// A slip of the pen in a name of some length.
fn spelling(field: &Name, column: &Name) -> Option<f64> {
    let long = field.whole.len() >= 6 && column.whole.len() >= 6;
    let near = strsim::jaro_winkler(&field.whole, &column.whole);
    (long && near > 0.94 && field.whole.len().abs_diff(column.whole.len()) <= 2).then_some(near * 0.75)
}
