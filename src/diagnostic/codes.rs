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
    BAD_EXPRESSION = "E250", "an expression cannot be read";
    NOT_IN_LANGUAGE = "E251", "an expression uses something the language does not have";
    SPREADSHEET_HABIT = "E252", "something is written as in a spreadsheet";
    UNKNOWN_NAME = "E253", "a name in an expression is not known";
    UNKNOWN_FUNCTION = "E254", "a function is not known";
    WRONG_ARGUMENTS = "E255", "a function has too few or too many arguments";
    WRONG_TYPE = "E256", "a value has another type than is needed there";
    BAD_AGGREGATE = "E257", "an aggregate stands where it cannot, or over what it cannot";
    BAD_LITERAL = "E258", "a written-out number, pattern or date is not valid";
    NUMBER_TOO_LARGE = "E300", "a number has more digits than the language holds";
    DIVISION_BY_ZERO = "E301", "a division by zero";
    GROUP_DIFFERS = "E302", "the rows of a group differ in a value that stands outside an aggregate";
    OUT_OF_RANGE = "E303", "an argument of a function is out of its range";
    ROW_LIMIT = "E304", "an expression took more than one row may take";
    DATABASE = "E901", "the database refused a statement of ours";
    IO = "E902", "a file of ours could not be read or written";
}
