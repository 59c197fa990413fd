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
        /// The long answer of each code, as Markdown, in the order of [`CODES`]. A code without its page
        /// `docs/errors/<code>.md` does not compile.
        pub(super) const PAGES: &[&str] = &[$(include_str!(concat!("../../docs/errors/", $code, ".md")),)*];
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
    COLUMN_LOST = "E131", "a column the mapping uses is gone from the files";
    DRIFT = "E132", "a source looks different from its lock";
    FROZEN = "E133", "a source whose columns are frozen looks different from its lock";
    LAYOUT_MOVED = "E134", "a source's columns are not where they were";
    LOCK_OLDER = "E135", "the lock has no entry for a source";
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
    UNKNOWN_SOURCE = "E220", "a source is not declared";
    UNKNOWN_RECORD = "E221", "a record is not declared";
    UNKNOWN_MODEL = "E222", "the platform has no such record type";
    UNKNOWN_FIELD = "E223", "the record type has no such field";
    UNKNOWN_LOOKUP = "E224", "a lookup is not declared";
    UNKNOWN_LOCALE = "E225", "a locale is not known";
    BAD_PATTERN = "E226", "a date pattern or regular expression cannot be read";
    BAD_CONSTANT = "E227", "a constant does not fit its field";
    WRONG_FIELD_TYPE = "E228", "a value has another type than its place wants";
    MISSING_FIELD = "E229", "a required field has no value";
    RESERVED_NAME = "E230", "a name is a reserved word";
    NO_LINK = "E231", "a child cannot find its parent";
    BAD_MISSING = "E232", "the platform cannot write a removal so";
    UNKNOWN_VAR = "E233", "a var is not set";
    NO_MAPPING = "E234", "the mapping does not exist";
    BAD_WORKSPACE = "E235", "the workspace file is missing or wrong";
    NAME_DIFFERS = "E236", "the mapping's name is not that of its file";
    WITHIN_ITSELF = "E237", "a source stands within itself";
    UNKNOWN_TOPIC = "E238", "there is no help on that";
    USED_FILE = "E240", "a file named in `use` cannot be joined to the mapping";
    LOOKUP_KEYS = "E241", "a value does not fit the lookup that it uses";
    LET_CYCLE = "E242", "a `let` needs itself";
    UNKNOWN_ZONE = "E243", "a time zone is not known";
    NO_ZONE = "E244", "a source with times for a field in UTC has no time zone";
    BAD_UNPIVOT = "E245", "columns cannot be made rows so";
    BAD_QUERY = "E246", "the sql of a source cannot be understood";
    QUERY_REFUSED = "E247", "the sql of a source asks for something it may not have";
    NOT_BESIDE = "E248", "a key makes no sense beside another";
    QUERY_CYCLE = "E249", "sources made by sql need each other";
    BAD_EXPRESSION = "E250", "an expression cannot be read";
    NOT_IN_LANGUAGE = "E251", "an expression uses something the language does not have";
    SPREADSHEET_HABIT = "E252", "something is written as in a spreadsheet";
    UNKNOWN_NAME = "E253", "a name in an expression is not known";
    UNKNOWN_FUNCTION = "E254", "a function is not known";
    WRONG_ARGUMENTS = "E255", "a function has too few or too many arguments";
    OPERAND_TYPE = "E256", "a value has another type than is needed there";
    BAD_AGGREGATE = "E257", "an aggregate stands where it cannot, or over what it cannot";
    BAD_LITERAL = "E258", "a written-out number, pattern or date is not valid";
    CHECK_TEST = "E260", "a check says nothing that must hold, or two things";
    BAD_RANGE = "E261", "the bounds of a range do not fit its field or each other";
    BAD_BY = "E262", "`by` of a check cannot be used so";
    BAD_EXISTS = "E263", "`exists_in` names neither a lookup nor a field of a record";
    WHOLE_RECORD = "E264", "a record type that is sent complete, or that is one record, cannot be treated so";
    UNKNOWN_PATH = "E270", "a repeating node is in none of the files the lock was written from";
    FREEZE_WITHOUT_LOCK = "E271", "columns are frozen but there is no lock";
    BAD_LOCK = "E272", "the lock file cannot be used";
    MAPPING_EXISTS = "E275", "a mapping of that name is there already";
    BAD_MAPPING_NAME = "E276", "a mapping cannot have that name";
    NO_TABLE = "E277", "a file holds no table that a mapping could be made of";
    NO_RECORD_FITS = "E278", "no record type of the platform fits any of the files";
    UNKNOWN_RECORD_TYPE = "E279", "the platform has no record type of that name";
    BAD_CASE = "E280", "a test case contradicts itself or its source";
    UNUSED_CELL = "E281", "a cell given in a test is read by nothing in the mapping";
    NO_SUCH_KEY = "E282", "no record of that key is in today\'s files";
    BAD_MASK = "E283", "what is to be masked is no column, field or kind";
    NOT_CAPTURED = "E284", "rows cannot be written down as a test case";
    NUMBER_TOO_LARGE = "E300", "a number has more digits than the language holds";
    DIVISION_BY_ZERO = "E301", "a division by zero";
    GROUP_DIFFERS = "E302", "the rows of a group differ in a value that stands outside an aggregate";
    OUT_OF_RANGE = "E303", "an argument of a function is out of its range";
    ROW_LIMIT = "E304", "an expression took more than one row may take";
    NOT_A_NUMBER = "E310", "a cell is not a number";
    NOT_A_DATE = "E311", "a cell is not a date";
    NOT_A_FLAG = "E312", "a cell is neither yes nor no";
    SEVERAL_NODES = "E313", "several nodes were found for one path";
    ERROR_CELL = "E314", "a cell holds an error of the spreadsheet";
    LOOKUP_MISS = "E315", "a value is not in its lookup";
    DOES_NOT_FIT = "E316", "a value does not fit the field's type";
    TOO_LONG = "E317", "a text is too long";
    NOT_IN_ENUM = "E318", "a value is not one of the allowed ones";
    PATTERN = "E319", "a text does not have the required form";
    REQUIRED = "E320", "a required field or key is empty";
    DUPLICATE_KEY = "E321", "two records have one key";
    NO_SUCH_RECORD = "E322", "a reference points to no record";
    HELD_REFERENCE = "E323", "a record refers to one that is not sent";
    ORPHAN = "E324", "a line has no header";
    CHECK_FAILED = "E325", "a check does not hold";
    UNIT = "E326", "another record of the unit is rejected";
    OTHER_OWNER = "E327", "the key belongs to another mapping";
    LINE_MISSING = "E328", "a line is gone and the platform cannot be told";
    LOOKUP_DUPLICATE = "E329", "a lookup has two answers for one key";
    COLUMN_MISSING = "E330", "a column the mapping uses is in none of the files";
    NOT_OF_KIND = "E331", "a value is not what its check says it is";
    NOT_OF_FORM = "E332", "a value does not have the form its check wants";
    NOT_IN_RANGE = "E333", "a value is outside the range of its check";
    NOT_LISTED = "E334", "a value is not among those of its check";
    NOT_UNIQUE = "E335", "a value that must be unique stands in two records";
    NOT_FOUND = "E336", "a value is not where its check says it exists";
    REQUIRED_THEN = "E337", "a field is empty where its check requires it";
    GROUP_CHECK = "E338", "a check does not hold for a group of records";
    SECOND_SINGLE = "E339", "a record type of exactly one record has two";
    NOT_WHOLE = "E340", "a record type that is sent complete cannot be sent complete";
    NO_SUCH_TIME = "E343", "a time does not exist in its time zone";
    NOT_SHOWN = "E344", "a number format cannot be shown exactly";
    QUERY_FAILED = "E345", "the sql of a source failed over the rows of today";
    QUERY_CELL = "E346", "a cell that sql reads as number, date or yes/no is none";
    CASE_FIELD = "E350", "a field is not what the test expects";
    CASE_RECORD_MISSING = "E351", "a record that the test expects does not come";
    CASE_RECORD_EXTRA = "E352", "a record comes that the test does not expect";
    CASE_REFUSED = "E353", "a row of the test is refused, which it does not expect";
    CASE_NOT_REFUSED = "E354", "a refusal that the test expects does not come";
    STALE_PLAN = "E401", "the plan no longer fits the state";
    BAD_PLAN = "E402", "the plan file is damaged or not one of ours";
    STATE_LOCKED = "E403", "another process holds the state";
    STATE_DAMAGED = "E404", "the state cannot be opened or is not consistent";
    GUARD_TRIPPED = "E405", "a guard blocks the plan";
    NO_PLAN = "E406", "the plan does not exist";
    NO_STORE = "E407", "the practice platform's store does not fit the state";
    REVIEW_LINE = "E408", "a line of a review cannot be taken";
    WRONG_REVIEW = "E409", "a review belongs to another plan, or is none";
    NOT_APPROVED = "E410", "a plan is not approved";
    STATE_NEWER = "E420", "the state was written by a newer program";
    STATE_FOLDER = "E421", "the state's folder lies on a network or is synchronised";
    BAD_COPY = "E422", "a copy of the state cannot be made or put back";
    PLATFORM_ADDRESS = "E501", "the platform's address or credentials cannot be used";
    PLATFORM_UNREACHABLE = "E502", "the platform could not be reached";
    PLATFORM_REFUSED = "E503", "the platform refused a question";
    PLATFORM_ANSWER = "E504", "the platform's answer could not be understood";
    PACKING = "E505", "an upload could not be packed";
    REHEARSAL = "E506", "the practice platform could not start";
    UNSETTLED = "E507", "the outcome of an upload is not known yet";
    UNKNOWN_OUTCOME = "E508", "the outcome of a record is unknown and must be settled";
    WRONG_ACCOUNT = "E509", "the account is not the one the environment is bound to";
    NO_SECRET = "E510", "a secret is not set";
    REFUSED_AGAIN = "E511", "the platform has refused the same data three times";
    HELD = "E512", "a change is held by decision";
    NOT_READABLE = "E513", "records of a type cannot be looked up at the platform";
    NOT_UNSETTLED = "E514", "nothing is unsettled under that name";
    SECRET_PLACE = "E520", "the place of a secret cannot be asked";
    OPEN_ENV_FILE = "E521", "the file of secrets can be read by others";
    BAD_CERTIFICATES = "E522", "a file of certificates cannot be used";
    NOT_NOTIFIED = "E523", "a notification could not be sent";
    DATABASE = "E901", "the database refused a statement of ours";
    IO = "E902", "a file of ours could not be read or written";
}
