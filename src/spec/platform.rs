//! The platform file (design 4, rules 4): all that is known about a platform, as data.

mod digest;
mod fields;
mod levels;
mod load;
mod models;
mod parse;
mod transport;
mod upsert;
mod wire;

pub use load::{embedded, load, names};
pub use parse::parse;
pub use upsert::{Call, Calls, Convert, ListCall, Piece, Proof, Turnup, ValueList, Verb, Wire, pieces};
pub use wire::{Members, Tree, at, filled, items, text_of};

use std::collections::BTreeMap;

/// A platform file.
#[derive(Clone, Debug, PartialEq)]
pub struct Platform {
    /// Its name, the file's stem.
    pub name: String,
    /// Base addresses by destination (`production`, `sandbox`), without a slash at the end.
    pub at: BTreeMap<String, String>,
    /// How a request is authorised.
    pub auth: Option<Auth>,
    /// How the account behind the credentials is found out.
    pub account: Option<AccountCheck>,
    /// How records travel.
    pub transport: Transport,
    /// `[way.<name>]`: other ways, each the transport with some settings changed.
    pub ways: BTreeMap<String, Transport>,
    /// How the answer is read.
    pub answer: Answer,
    /// The record types.
    pub models: Vec<Model>,
    /// `[value.<name>]`: values that fields refer to by the platform's id.
    pub values: BTreeMap<String, ValueList>,
    /// `[turnup]`: what a new client is asked for.
    pub turnup: Turnup,
    /// SHA-256 of the file's meaning (its canonical text), hexadecimal.
    pub digest: String,
}

/// `auth = { header = "Api-Key", secret = "api_key" }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Auth {
    /// Header name.
    pub header: String,
    /// Name of the secret, never its value.
    pub secret: String,
    /// Put before the secret, such as `Bearer `.
    pub prefix: String,
    /// The secret is `user:password`, and stands there in base64 (http Basic).
    pub base64: bool,
}

/// `account = { get = "/api/v1/Status", is = "/accountName" }`.
#[derive(Clone, Debug, PartialEq)]
pub struct AccountCheck {
    /// Path asked.
    pub get: String,
    /// JSON pointer of the account's name in the answer.
    pub is: String,
}

/// Which transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportKind {
    /// One CSV or JSONL per model, zipped, uploaded, polled.
    ZipUpload,
    /// Arrays in one JSON body.
    JsonBatch,
    /// A request a record.
    Upsert,
    /// The platform calls us.
    Connector,
    /// Batches into a folder.
    Files,
}

/// Body format of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFormat {
    /// CSV as rules 1.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// What may be done about an upload whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resend {
    /// The same bytes again do no harm once the earlier upload is known to be over.
    Upsert,
    /// An idempotency header.
    Header,
    /// Look records up first.
    LookUp,
    /// Nothing.
    None,
}

/// What an update carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update {
    /// All fields that are ours.
    Whole,
    /// Key and changed fields.
    Changed,
}

/// How a cleared field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clear {
    /// JSON null, or an empty CSV cell.
    Null,
    /// An empty text.
    Empty,
    /// It cannot be said.
    Impossible,
}

/// How header names of a CSV (or member names) are spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderCase {
    /// As the platform file has them.
    AsIs,
    /// First letter upper case.
    Pascal,
}

/// `[transport]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Transport {
    /// Which one.
    pub kind: TransportKind,
    /// Body format.
    pub format: BodyFormat,
    /// About lost answers.
    pub resend: Resend,
    /// What an update carries.
    pub update: Update,
    /// How a cleared field is written.
    pub clear: Clear,
    /// Spelling of header names.
    pub header: HeaderCase,
    /// `upload = { post = "/api/v1/Sync/zip", part = "file" }`.
    pub upload: Option<Upload>,
    /// `poll = { get = "/api/v1/Sync/{id}?include=details", every = "2 s", for = "30 min" }`.
    pub poll: Option<Poll>,
    /// JSON pointer of the id in the answer to an upload.
    pub id: String,
    /// JSON pointer of the state in a polled answer.
    pub state: String,
    /// `find = { get = "/api/v1/Sync/query" }`: the list of uploads.
    pub find: Option<String>,
    /// After so long an upload not listed is over, in milliseconds.
    pub over_after_ms: u64,
    /// Records per upload.
    pub records_max: u64,
    /// Bytes per upload (the ZIP).
    pub bytes_max: u64,
    /// Requests per second.
    pub per_second: u32,
    /// Uploads of a level under way at once.
    pub parallel: u32,
    /// Statuses that say: nothing was taken, later it may be. 429 and 503 always do.
    pub transient: Vec<u16>,
    /// How long a read may not show what was written, in milliseconds.
    pub look_up_lag_ms: u64,
    /// Header that carries a batch's id, so that the platform takes it once.
    pub idempotency: Option<String>,
    /// `cancel = { delete = "/api/v1/Sync/{id}" }`: how an upload that runs is given up.
    pub cancel: Option<String>,
    /// How uploads of a level are tied together.
    pub series: Option<Series>,
}

/// `series = { current = "currentBatch", total = "totalBatches", parent = "parentSyncRequestId" }`: names of query values
/// of an archive, or of members beside the arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Number of the upload in its series, from 1.
    pub current: String,
    /// How many there are.
    pub total: String,
    /// The platform's id of the first.
    pub parent: String,
}

impl Series {
    /// The path with the place in the series in its query.
    pub fn in_query(&self, path: &str, current: u64, total: u64, parent: Option<&str>) -> String {
        let join = if path.contains('?') { '&' } else { '?' };
        let parent = parent.map(|id| format!("&{}={id}", self.parent)).unwrap_or_default();
        format!("{path}{join}{}={current}&{}={total}{parent}", self.current, self.total)
    }
}

/// Where an upload goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    /// Path of the POST.
    pub post: String,
    /// Name of the multipart part.
    pub part: String,
}

/// How the end of an upload is awaited.
#[derive(Clone, Debug, PartialEq)]
pub struct Poll {
    /// Path with `{id}`.
    pub get: String,
    /// Milliseconds between two questions.
    pub every_ms: u64,
    /// Milliseconds after which the outcome is unknown.
    pub for_ms: u64,
}

/// How the answer's lists are complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// Every record is named, else unknown.
    All,
    /// Only exceptions are named; the rest is inferred under the rule of rules 4.
    Exceptions,
}

/// `[answer]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Whether every record is named.
    pub lists: Lists,
    /// States after which nothing more happens.
    pub final_states: Vec<String>,
    /// States after which the rest may be inferred accepted.
    pub infer_after: Vec<String>,
    /// Pattern of the error lists: `/details/*/errors`, `*` standing for the model's name in `Model::answers`.
    pub errors: String,
    /// Pattern of the skip lists.
    pub skips: String,
    /// Pattern of the lists of what was taken: keys, or keys with the platform's own ids.
    pub accepted: String,
    /// Whether a skipped record counts as accepted (it is there and equal).
    pub skip_is_accepted: bool,
    /// Names of the counts beside the lists; the last is the error count.
    pub counts: Vec<String>,
    /// Whether records that are equal may be in no count (`equal = "uncounted"`).
    pub equal_uncounted: bool,
    /// Records per upload read back by key.
    pub verify: u32,
}

/// A record type.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Its name, `CompanySyncModel`.
    pub name: String,
    /// Name of its file in an upload.
    pub file: String,
    /// Name of its array in a JSON body.
    pub array: String,
    /// How its records are read back.
    pub read: Option<Read>,
    /// `[model.calls]`: the requests of an `upsert` platform.
    pub calls: Option<Box<Calls>>,
    /// Names it has in answers, compared without case.
    pub answers: Vec<String>,
    /// Key fields; empty for a singleton, and for records without identity (then `whole`).
    pub key: Vec<String>,
    /// Exactly one record.
    pub singleton: bool,
    /// Must be sent complete each time.
    pub whole: bool,
    /// How a removal is written: fields and their canonical text; `None`: it cannot be.
    pub deactivate: Option<Vec<(String, String)>>,
    /// Whether a removal can be sent as a deletion.
    pub delete: bool,
    /// Record types that go before it, though no field of it says so.
    pub after: Vec<String>,
    /// The fields, in the order they are written.
    pub fields: Vec<Field>,
}

/// `read = { get = "/api/v1/Companies/query?filter=erpKey in ({keys})", records = "/records" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Path with `{keys}`: the keys wanted, each in single quotes, with commas between; or with `{key}`: one key, a request each.
    pub get: String,
    /// JSON pointer of the list in the answer; empty: the answer is the list, or the one record.
    pub records: String,
    /// JSON pointer of the platform's own id in a record; empty: it has none.
    pub id: String,
}

/// Type of a field (rules 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// NFC text, trimmed.
    Text,
    /// Text in UUID form.
    Uuid,
    /// BIGINT.
    Integer,
    /// DECIMAL(28, scale).
    Decimal(u8),
    /// BOOLEAN.
    Boolean,
    /// DATE.
    Date,
    /// TIMESTAMP.
    DateTime,
    /// Compact JSON.
    Object,
}

impl FieldType {
    /// In an analyst's words.
    pub fn words(self) -> &'static str {
        match self {
            FieldType::Text => "text",
            FieldType::Uuid => "UUID",
            FieldType::Integer => "whole number",
            FieldType::Decimal(_) => "number",
            FieldType::Boolean => "yes or no",
            FieldType::Date => "date",
            FieldType::DateTime => "date, with or without a time",
            FieldType::Object => "object",
        }
    }

    /// The SQL type of its values.
    pub fn sql(self) -> String {
        match self {
            FieldType::Text | FieldType::Uuid | FieldType::Object => "VARCHAR".to_owned(),
            FieldType::Integer => "BIGINT".to_owned(),
            FieldType::Decimal(scale) => format!("DECIMAL(28,{scale})"),
            FieldType::Boolean => "BOOLEAN".to_owned(),
            FieldType::Date => "DATE".to_owned(),
            FieldType::DateTime => "TIMESTAMP".to_owned(),
        }
    }
}

/// A field of a record type.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Wire name.
    pub name: String,
    /// Type.
    pub ty: FieldType,
    /// Longest text in characters.
    pub length: Option<u32>,
    /// Whether the length is known for sure; if not, a longer text warns instead of being rejected.
    pub sure: bool,
    /// Must not be empty.
    pub required: bool,
    /// Closed list of values; empty: any.
    pub one_of: Vec<String>,
    /// RE2 pattern the whole text must match.
    pub pattern: Option<String>,
    /// `Model.field` it refers to.
    pub refers: Option<Reference>,
    /// Not compared (stamps).
    pub ignore: bool,
    /// Field that holds the currency of this amount; `None`: `currencyCode` where the record has one, empty: no field.
    pub currency: Option<String>,
    /// `zone = "utc"`: the times are in UTC, and written with `Z`.
    pub utc: bool,
    /// Personal data.
    pub personal: bool,
    /// How it stands in a body of its own.
    pub wire: Wire,
    /// What it is.
    pub doc: String,
}

/// A reference to another record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Model referred to.
    pub model: String,
    /// Its field (the key field).
    pub field: String,
    /// `when = "later"`: sent in a second pass.
    pub later: bool,
}

impl Platform {
    /// The platform with another of its ways of sending; `None` when it has none of that name.
    pub fn by(mut self, way: &str) -> Option<Self> {
        self.transport = self.ways.get(way)?.clone();
        self.digest = digest::of(&self);
        Some(self)
    }

    /// A model by name.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|m| m.name == name)
    }

    /// The model that the platform calls by this name in answers, in any letter case.
    pub fn model_called(&self, name: &str) -> Option<&Model> {
        let lower = name.to_lowercase();
        let called = |m: &&Model| m.answers.iter().any(|a| a.to_lowercase() == lower);
        self.model(name).or_else(|| self.models.iter().find(called))
    }
}

impl Model {
    /// The field that refers to another model at once, a required one before others: how a line names its header.
    pub fn reference_to(&self, model: &str) -> Option<&Field> {
        let refers = |f: &&Field| f.refers.as_ref().is_some_and(|r| r.model == model && !r.later);
        self.fields.iter().filter(refers).max_by_key(|f| {
            (f.required, std::cmp::Reverse(self.fields.iter().position(|g| g.name == f.name)))
        })
    }

    /// Whether its records have no identity but what they hold: no key, and more than one of them.
    pub fn by_content(&self) -> bool {
        self.key.is_empty() && !self.singleton
    }

    /// A field by name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| f.name == name)
    }
}

/// The parts of a pattern before and after its star: `/details/*/errors` is (`/details`, `/errors`).
pub fn around_star(pattern: &str) -> Option<(&str, &str)> {
    let at = pattern.find("/*")?;
    Some((pattern.get(..at)?, pattern.get(at + 2..)?))
}
