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
    SEVERAL_FILES = "E103", "several files fit a source that takes exactly one";
    UNKNOWN_FORMAT = "E104", "the format of a file is not one this program reads";
    BAD_ARCHIVE = "E105", "a compressed file is broken or does not hold exactly one export";
    OVER_LIMIT = "E106", "a file is larger or deeper than the program allows";
    BAD_ENCODING = "E107", "the encoding of a file is unknown or does not fit";
    NO_HEADER = "E108", "a header row is not there";
    SHEET = "E109", "a sheet is missing or not named";
    BAD_WORKBOOK = "E110", "a workbook is broken";
    BAD_XML = "E111", "an XML file is not well-formed";
    BAD_JSON = "E112", "a JSON file is not well-formed";
    BAD_PATH = "E113", "a path cannot be followed";
    PATH_TWICE = "E114", "a document path stands for several nodes";
    COUNTS_DIFFER = "E115", "rows read and rows counted differ";
    BAD_OPTION = "E116", "an option of a source cannot be used";
    LINE_FIELDS = "E120", "a line has another number of fields than the header";
    LINE_QUOTE = "E121", "a quote in a line is stray or never closed";
    LINE_LENGTH = "E122", "a line is longer than the program allows";
    LINE_ENCODING = "E123", "a line holds bytes that are not text in the file's encoding";
    LINE_JSON = "E124", "a line is not a JSON value";
    STRAY_CELL = "E125", "a row has a value that stands under no header, or two in one place";
    BAD_TOML = "E201", "the file is not valid TOML";
    UNKNOWN_KEY = "E202", "a key is not part of the language";
    UNKNOWN_COLUMN = "E203", "a column is in none of the source's files";
    DATABASE = "E901", "the database refused a statement of ours";
    IO = "E902", "a file of ours could not be read or written";
}
