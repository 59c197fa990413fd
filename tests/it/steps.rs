//! The steps of a value, in their fixed order whatever the order written: random specs over random texts through the
//! whole program, against the rules in plain Rust.

use crate::workspace::Workspace;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const FIELDS: [&str; 16] = [
    "address1",
    "address2",
    "address3",
    "address4",
    "city",
    "stateRegion",
    "postalCode",
    "country",
    "phoneNumber",
    "faxNumber",
    "taxId",
    "dunsNumber",
    "emailAddress",
    "externalReference",
    "companyIdentifiers",
    "referenceCode",
];
const TEXTS: [&str; 14] =
    ["", "-", " - ", "a", "B", "ab", "12", "0012", "x1", " 7\u{a0}", "Äb", "a b", "k.A.", "a  12 b"];
const PATTERNS: [&str; 5] = [r"\d+", "^.(.*)$", "^(.{1,2})", "[a-z]( ?)", "(x)?1"];
const ROWS: usize = 60;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

#[derive(Debug, Default)]
struct Spec {
    origin: usize,
    extract: Option<&'static str>,
    upper: Option<bool>,
    pad: Option<(usize, char)>,
    lookup: Option<(Vec<(&'static str, String)>, &'static str)>,
    default: Option<&'static str>,
    on_empty: Option<&'static str>,
    max: Option<(usize, bool)>,
}

fn spec(dice: &mut Dice) -> Spec {
    let mut spec = Spec { origin: dice.below(4), ..Spec::default() };
    spec.extract = dice.once_in(3).then(|| dice.of(&PATTERNS));
    spec.upper = dice.once_in(2).then(|| dice.once_in(2));
    spec.pad = dice.once_in(3).then(|| (2 + dice.below(3), dice.of(&['0', 'x'])));
    if dice.once_in(2) {
        let keys = ["a", "A", "12", "0a", "AB", "ab", "7", "07", "xa", "äb", "0012", "x1", "000a", "x12"];
        let pairs = keys.iter().filter(|_| dice.once_in(2)).map(|k| (*k, format!("<{k}>"))).collect();
        spec.lookup = Some((pairs, if dice.once_in(12) { "reject" } else { dice.of(&["keep", "null"]) }));
    }
    spec.default = dice.once_in(3).then(|| dice.of(&["none at all", "d"]));
    spec.on_empty =
        if dice.once_in(20) { Some("reject") } else { dice.once_in(3).then(|| dice.of(&["clear", "leave"])) };
    spec.max = dice.once_in(3).then(|| if dice.once_in(6) { (6, false) } else { (1 + dice.below(4), true) });
    spec
}

impl Spec {
    /// As TOML, its keys in an order of chance.
    fn toml(&self, dice: &mut Dice) -> String {
        let mut keys = vec![match self.origin {
            0 => "from = \"A\"".to_owned(),
            1 => "from = \"B\"".to_owned(),
            2 => "first_of = [\"A\", \"B\"]".to_owned(),
            _ => "from = '=text(\"A\") + \"  \"'".to_owned(),
        }];
        keys.extend(self.extract.map(|e| format!("extract = '{e}'")));
        keys.extend(self.upper.map(|u| format!("case = \"{}\"", if u { "upper" } else { "lower" })));
        keys.extend(self.pad.map(|(n, c)| format!("pad_left = [{n}, \"{c}\"]")));
        if let Some((pairs, miss)) = &self.lookup {
            let pairs: Vec<String> = pairs.iter().map(|(k, g)| format!("\"{k}\" = \"{g}\"")).collect();
            keys.push(format!("lookup = {{ {} }}", pairs.join(", ")));
            keys.push(format!("miss = \"{miss}\""));
        }
        keys.extend(self.default.map(|d| format!("default = \"{d}\"")));
        keys.extend(self.on_empty.map(|o| format!("on_empty = \"{o}\"")));
        if let Some((max, cut)) = self.max {
            keys.push(format!("max = {max}"));
            keys.push(format!("too_long = \"{}\"", if cut { "cut" } else { "reject" }));
        }
        for n in (1..keys.len()).rev() {
            keys.swap(n, dice.below(n + 1));
        }
        format!("{{ {} }}", keys.join(", "))
    }

    /// The value by the rules; `Err`: a reject.
    fn value(&self, a: &str, b: &str) -> Result<Option<String>, ()> {
        let cell = |text: &str| {
            let text = text.trim();
            (!["", "-", "k.A."].contains(&text)).then(|| text.to_owned())
        };
        let mut value = match self.origin {
            1 => cell(b),
            2 => cell(a).or_else(|| cell(b)),
            _ => cell(a),
        };
        if let (Some(pattern), Some(text)) = (self.extract, &value) {
            let found = regex::Regex::new(pattern).unwrap().captures(text).map(|found| {
                let group = if found.len() > 1 { found.get(1) } else { found.get(0) };
                group.map_or(String::new(), |g| g.as_str().trim().to_owned())
            });
            value = found.filter(|f| !f.is_empty());
        }
        value = value.map(|v| match self.upper {
            Some(true) => v.to_uppercase(),
            Some(false) => v.to_lowercase(),
            None => v,
        });
        if let (Some((width, fill)), Some(text)) = (self.pad, &value) {
            let missing = width.saturating_sub(text.chars().count());
            value = Some(format!("{}{text}", fill.to_string().repeat(missing)));
        }
        if let (Some((pairs, miss)), Some(text)) = (&self.lookup, &value) {
            let found = pairs.iter().find(|(k, _)| k == text).map(|(_, g)| g.clone());
            value = match (found, *miss) {
                (None, "reject") => return Err(()),
                (None, "keep") => value,
                (found, _) => found,
            };
        }
        value = value.or_else(|| self.default.map(str::to_owned));
        if value.is_none() && self.on_empty == Some("reject") {
            return Err(());
        }
        match (self.max, value) {
            (Some((max, true)), Some(text)) => {
                Ok(Some(text.chars().take(max).collect::<String>().trim_end().to_owned()))
            }
            (Some((max, false)), Some(text)) if text.chars().count() > max => Err(()),
            (_, value) => Ok(value),
        }
    }
}

#[test]
fn steps_in_their_order() {
    for seed in 1..=4 {
        round(&mut Dice(seed * 7919));
    }
}

fn round(dice: &mut Dice) {
    let specs: Vec<Spec> = FIELDS.iter().map(|_| spec(dice)).collect();
    let mut mapping = String::from(
        "name = \"m\"\nplatform = \"lockstep\"\n[source.s]\nfile = \"in/s.csv\"\nnulls = [\"-\", \"k.A.\"]\n\
         [record.company]\nmodel = \"CompanySyncModel\"\nfrom = \"s\"\n[record.company.fields]\nerpKey = \"No\"\n\
         companyName = \"No\"\ncompanyType = { const = \"Customer\" }\nisActive = true\n",
    );
    for (field, spec) in FIELDS.iter().zip(&specs) {
        writeln!(mapping, "{field} = {}", spec.toml(dice)).unwrap();
    }
    let (mut csv, mut want) = (String::from("No,A,B\n"), BTreeMap::new());
    for n in 0..ROWS {
        let (a, b) = (dice.of(&TEXTS), dice.of(&TEXTS));
        writeln!(csv, "{n:03},{a},{b}").unwrap();
        let values: Result<Vec<Option<String>>, ()> = specs.iter().map(|s| s.value(a, b)).collect();
        want.extend(values.ok().map(|v| (format!("{n:03}"), v)));
    }
    let workspace = Workspace::empty();
    workspace.write("mappings/m.toml", &mapping);
    workspace.write("in/s.csv", &csv);
    let ran = workspace.run(&["run", "m"]).exits(if want.len() == ROWS { 0 } else { 3 });
    let records = workspace.store().records("CompanySyncModel");
    assert_eq!(
        records.keys().collect::<Vec<_>>(),
        want.keys().collect::<Vec<_>>(),
        "who is rejected\n{mapping}\n{csv}\n{}",
        ran.out
    );
    for (key, values) in &want {
        for ((field, spec), value) in FIELDS.iter().zip(&specs).zip(values) {
            let got = records[key].get(*field).filter(|v| !v.is_empty());
            assert_eq!(got, value.as_ref(), "{field} of {key}: {spec:?}\n{csv}");
        }
    }
}
