//! What to do next, for messages whose place in the code has nothing nearer to say.

use super::Code;

/// The advice of a code; a message's own advice takes its place.
pub(super) fn step(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::FILE_UNREADABLE => "Close the program that has it open, or ask for the right to read it.",
        Code::BAD_ARCHIVE => {
            "Fetch the file again and open it by hand. An archive holds one export; unpack others into the folder."
        }
        Code::OVER_LIMIT => {
            "Ask for the export in smaller parts, or unpack it by hand; `pick = \"all\"` reads several files."
        }
        Code::BAD_ENCODING => {
            "Write the `encoding` of the file, such as \"windows-1252\"; without it utf-8 is assumed."
        }
        Code::BAD_WORKBOOK => "Open it in a spreadsheet program and save it again as .xlsx.",
        Code::BAD_XML => {
            "Make the export again. Frequent causes: it was cut off, or a bare & that is written &amp; in XML."
        }
        Code::BAD_JSON => {
            "Fetch the file again. Frequent causes: it was cut off, a decimal comma, a comma too many."
        }
        Code::BAD_PATH => {
            "`crosswalk inspect FILE` shows the tree of the file with its paths; copy one from there."
        }
        Code::BAD_OPTION => {
            "Correct the option; `crosswalk inspect FILE` shows how the file is read without it."
        }
        Code::MISSING_KEY => {
            "Add it below this header; what stands below another [header] belongs to that one."
        }
        Code::DUPLICATE_NAME => "Rename or remove one of the two.",
        Code::BAD_PLATFORM => "Correct the platform file, or remove it to use the one inside the program.",
        Code::BAD_PATTERN | Code::BAD_LITERAL => {
            "Try a simpler one first; each ( needs its ), and \\( stands for the character itself."
        }
        Code::UNKNOWN_VAR => {
            "The vars of an environment stand in crosswalk.toml; `${name}` in a path or `env.name` uses one."
        }
        Code::WRONG_FIELD_TYPE => {
            "Read the column with the reader of that type: text(…), num(…), date(…) or flag(…)."
        }
        Code::CHECK_FAILED => "Find the difference in the file before changing the check.",
        Code::STATE_DAMAGED => {
            "Nothing more is sent. Keep the files as they are and ask whoever looks after this program."
        }
        Code::BAD_PLAN => "Make the plan again.",
        Code::PLATFORM_ADDRESS => {
            "Correct `at` of the environment in crosswalk.toml, or the variable that holds the key."
        }
        Code::PLATFORM_UNREACHABLE => {
            "Is the network there, and the address right? Call again later: nothing was begun by asking."
        }
        Code::PLATFORM_REFUSED => {
            "Look at the status and the address; a new key is set in the variable of the secret."
        }
        Code::PLATFORM_ANSWER => {
            "Open the address in a browser: a page for people means a wrong address or a proxy in between."
        }
        Code::PACKING => {
            "Nothing of this upload was sent. Correct the platform file, or make room on the disk."
        }
        Code::REHEARSAL => "Is another one running, or the port taken? End it, or choose one with --port.",
        Code::SECRET_PLACE => "Correct the line of .env, or what `secret` names in crosswalk.toml.",
        Code::NOT_NOTIFIED => {
            "The run itself is not affected. `crosswalk notify test` tries all of [notify] again."
        }
        Code::DATABASE => {
            "This is a fault of the program, or the disk or memory is full. Nothing more is sent."
        }
        Code::IO => "Is the folder there, with room on its disk, and may you write to it?",
        _ => return None,
    })
}
