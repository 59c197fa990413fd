//! A case as data: what is done to the tiny workspace, step by step, and what the last call said.

use crate::workspace::{Ran, Workspace, copy, root};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

pub struct Case {
    pub name: String,
    /// The code it must say: the beginning of the name.
    pub code: String,
    folder: PathBuf,
    steps: Vec<toml::Value>,
    env: toml::Table,
}

/// A case being run: its workspace, and the practice platform it may have started.
struct Run<'a> {
    case: &'a Case,
    w: Workspace,
    served: Vec<(Child, String)>,
    listener: Option<std::net::TcpListener>,
}

impl Case {
    pub fn read(folder: &Path) -> Self {
        let text = std::fs::read_to_string(folder.join("case.toml")).unwrap();
        let file: toml::Table = text.parse().unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let code = name.get(..4).unwrap().to_owned();
        let table = |key: &str| file.get(key).and_then(|v| v.as_table()).cloned().unwrap_or_default();
        let steps = file["steps"].as_array().unwrap().clone();
        Self { name, code, folder: folder.to_path_buf(), steps, env: table("env") }
    }

    /// Runs the steps; gives what the last call said, with what differs from run to run named instead.
    pub fn run(&self) -> String {
        let mut run = Run { case: self, w: Workspace::empty(), served: Vec::new(), listener: None };
        copy(&root().join("tests/cases/codes/base"), run.w.folder());
        for entry in std::fs::read_dir(&self.folder).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            if name != "case.toml" && !name.to_string_lossy().ends_with(".snap") {
                copy(&entry.path(), &run.w.path(&name.to_string_lossy()));
            }
        }
        let mut said = String::new();
        for (n, step) in self.steps.iter().enumerate() {
            match step {
                toml::Value::String(line) => said.push_str(&run.call(line, n + 1 == self.steps.len())),
                toml::Value::Table(action) => run.act(action),
                other => panic!("{} has the step {other}", self.name),
            }
        }
        run.normal(&said)
    }
}

impl Run<'_> {
    fn call(&self, line: &str, last: bool) -> String {
        let words: Vec<String> = line.split_whitespace().map(|w| self.filled(w)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut command = self.w.command(&words);
        for (name, value) in &self.case.env {
            command.env(name, value.as_str().unwrap());
        }
        let ran = Ran::of(&mut command);
        if !last {
            return format!("$ crosswalk {line}\nexit code {}\n\n", ran.code);
        }
        let part = |name: &str, text: &str| match text.trim_end() {
            "" => String::new(),
            text => format!("── {name} ──\n{text}\n"),
        };
        format!(
            "$ crosswalk {line}\nexit code {}\n{}{}",
            ran.code,
            part("stdout", &ran.out),
            part("stderr", &without_progress(&ran.err))
        )
    }

    /// One action; its first key says which.
    fn act(&mut self, action: &toml::Table) {
        let text = |key: &str| action.get(key).and_then(|v| v.as_str()).map(|t| self.filled(t));
        let need =
            |key: &str| text(key).unwrap_or_else(|| panic!("{}: {action} lacks {key}", self.case.name));
        let (first, path) = action.iter().next().unwrap();
        let path = path.as_str().map(|p| self.filled(p)).unwrap_or_default();
        let file = self.w.path(&path);
        match first.as_str() {
            "edit" => self.w.edit(&path, &need("from"), &need("to")),
            "write" => self.w.write(&path, &need("text")),
            "append" => {
                let before = std::fs::read_to_string(&file).unwrap_or_default();
                self.w.write(&path, &format!("{before}{}", need("text")));
            }
            "write_bytes" => {
                let bytes = action["hex"].as_str().unwrap();
                let bytes: Vec<u8> = (0..bytes.len() / 2)
                    .map(|n| u8::from_str_radix(&bytes[2 * n..2 * n + 2], 16).unwrap())
                    .collect();
                self.w.write(&path, "");
                std::fs::write(&file, bytes).unwrap();
            }
            "repeat" => {
                let times = usize::try_from(action["times"].as_integer().unwrap()).unwrap();
                let middle = need("text").repeat(times);
                self.w.write(&path, &format!("{}{middle}{}", need("before"), need("after")));
            }
            "private" => {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
            }
            "link" => std::os::unix::fs::symlink(action["to"].as_str().unwrap(), &file).unwrap(),
            "remove" if file.is_dir() => std::fs::remove_dir_all(&file).unwrap(),
            "remove" => std::fs::remove_file(&file).unwrap(),
            "folder" => std::fs::create_dir_all(&file).unwrap(),
            "copy" => copy(&file, &self.w.path(&need("to"))),
            "truncate" => {
                let to = u64::try_from(action["to"].as_integer().unwrap()).unwrap();
                std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(to).unwrap();
            }
            "zip" => self.zip(&file, action["of"].as_array().unwrap()),
            "workbook" => self.workbook(&file, action),
            "fill" => {
                let cells = action["cells"].as_table().unwrap().iter();
                let cells: Vec<_> = cells.map(|(c, t)| (c.as_str(), t.as_str().unwrap())).collect();
                crate::review::book::fill(&file, &cells);
            }
            "platform" => self.platform(),
            "serve" => self.serve(&path),
            "listen" => self.listen(),
            other => panic!("{} has the action {other}", self.case.name),
        }
    }

    /// Packs files of the workspace.
    fn zip(&self, to: &Path, of: &[toml::Value]) {
        let mut zip = zip::ZipWriter::new(std::fs::File::create(to).unwrap());
        for name in of.iter().filter_map(|v| v.as_str()) {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(&std::fs::read(self.w.path(name)).unwrap_or_default()).unwrap();
        }
        zip.finish().unwrap();
    }

    /// A workbook: `sheets = { Name = [["A1", "B1"], …] }`; a cell `#N/A` is an error, an empty one is left out.
    fn workbook(&self, to: &Path, action: &toml::Table) {
        let sheets = action["sheets"].as_table().unwrap();
        let last =
            action.get("last_row").and_then(toml::Value::as_integer).and_then(|n| usize::try_from(n).ok());
        super::workbook::write(to, sheets, last);
    }

    /// The workspace's own copy of the platform file, for `edit`.
    fn platform(&self) {
        let name = "mappings/platforms/lockstep.toml";
        copy(&root().join(name), &self.w.path(name));
    }

    /// Starts `crosswalk <line>` and waits for its address, which stands for `$ADDRESS` from here on.
    fn serve(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let mut child = self.w.command(&words).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        let Some(address) = first.split_whitespace().find(|w| w.starts_with("http://")) else {
            let mut said = String::new();
            child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
            panic!("{line} says {first:?} {said}");
        };
        let address = address.trim_end_matches('.').to_owned();
        std::thread::sleep(Duration::from_millis(20));
        self.served.push((child, address));
    }

    /// Takes a port, which stands for `$PORT` from here on.
    fn listen(&mut self) {
        self.listener = Some(std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    }

    fn filled(&self, text: &str) -> String {
        let port = self.listener.as_ref().map(|l| l.local_addr().unwrap().port().to_string());
        let text = port.map_or_else(|| text.to_owned(), |p| text.replace("$PORT", &p));
        match self.served.last() {
            Some((_, address)) => text.replace("$ADDRESS", address),
            None => text,
        }
    }

    /// What differs from run to run gets a name.
    fn normal(&self, text: &str) -> String {
        let folder = self.w.folder().canonicalize().unwrap();
        let mut text = text.replace(&folder.display().to_string(), "$WORKSPACE");
        text = text.replace(&self.w.folder().display().to_string(), "$WORKSPACE");
        for (pattern, name) in [
            (r"process \d+", "process $PID"),
            (r"127\.0\.0\.1:\d+", "127.0.0.1:$PORT"),
            (r"\bport \d+", "port $PORT"),
            (r"(?i)\bPID \d+", "PID $PID"),
            (r"/work/\d+-\d+", "/work/$PID"),
            (r"[0-9a-f]{64}", "$DIGEST"),
            (r"\b\d+(\.\d+)? (ms|s)\b", "$TIME"),
        ] {
            text = regex::Regex::new(pattern).unwrap().replace_all(&text, regex::NoExpand(name)).into_owned();
        }
        text
    }
}

/// Lines such as `sent: 3 of 6` come and go with the speed of the machine.
fn without_progress(text: &str) -> String {
    regex::Regex::new(r"(?m)^[a-z]+: [\d,]+( of [\d,]+)?( \(.*\))?\n")
        .unwrap()
        .replace_all(text, "")
        .into_owned()
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        for (child, _) in &mut self.served {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
