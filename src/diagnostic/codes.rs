//! The one registry of diagnostic codes. A code is never reused. Ranges: E1xx sources, E2xx mapping (E25x to E29x
//! expressions), E3xx data, E4xx plan and state, E5xx platform and delivery, E9xx our own faults.

/// A stable diagnostic code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub &'static str);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! codes {
    ($($name:ident = $code:literal, $title:literal;)*) => {
        impl Code {
            $(#[doc = $title] pub const $name: Code = Code($code);)*
        }
        /// Every code with its one-line title, in order.
        pub const CODES: &[(Code, &str)] = &[$((Code($code), $title),)*];
    };
}

codes! {
    FILE_NOT_FOUND = "E101", "no file fits the source's pattern";
    FILE_UNREADABLE = "E102", "a file cannot be read";
    BAD_TOML = "E201", "the file is not valid TOML";
    UNKNOWN_KEY = "E202", "a key is not part of the language";
    UNKNOWN_COLUMN = "E203", "a column is in none of the source's files";
    WRONG_TYPE = "E211", "a value has another type than its key takes";
    MISSING_KEY = "E212", "a key that must be there is missing";
    NOT_ONE_OF = "E213", "a word is not one of the closed list of its key";
    BAD_REFERENCE = "E214", "a reference of a platform file names no key field of a record type";
    DUPLICATE_NAME = "E215", "a name stands twice where it must be unique";
    BAD_PLATFORM = "E216", "a platform file contradicts itself";
    UNKNOWN_PLATFORM = "E217", "there is no platform of that name";
    PLATFORM_ADDRESS = "E501", "the platform's address or credentials cannot be used";
    PLATFORM_UNREACHABLE = "E502", "the platform could not be reached";
    PLATFORM_REFUSED = "E503", "the platform refused a question";
    PLATFORM_ANSWER = "E504", "the platform's answer could not be understood";
    PACKING = "E505", "an upload could not be packed";
    REHEARSAL = "E506", "the practice platform could not start";
    DATABASE = "E901", "the database refused a statement of ours";
    IO = "E902", "a file of ours could not be read or written";
}
