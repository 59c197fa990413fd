//! The templates of the page. Whatever they print goes through `escape::html`, but for our own style.

use crate::diagnostic::{Code, Diagnostic, Result};
use crate::report::escape::html;
use minijinja::{Environment, Output, State, Value};

const ALL: [(&str, &str); 7] = [
    ("top", include_str!("pages/top.html")),
    ("removed", include_str!("pages/removed.html")),
    ("refused", include_str!("pages/refused.html")),
    ("grid", include_str!("pages/grid.html")),
    ("plain", include_str!("pages/plain.html")),
    ("entry", include_str!("pages/entry.html")),
    ("bottom", include_str!("pages/bottom.html")),
];

/// The templates, ready to print.
pub(super) struct Pages(Environment<'static>);

impl Pages {
    /// Reads them.
    pub(super) fn load() -> Result<Self> {
        let mut environment = Environment::new();
        environment.set_formatter(print);
        for (name, text) in ALL {
            environment.add_template(name, text).map_err(|e| failed(&e))?;
        }
        Ok(Self(environment))
    }

    /// Prints one with what it is about.
    pub(super) fn print(&self, name: &str, about: Value) -> Result<String> {
        let template = self.0.get_template(name).map_err(|e| failed(&e))?;
        template.render(about).map_err(|e| failed(&e))
    }
}

fn print(out: &mut Output, _: &mut State, value: &Value) -> std::result::Result<(), minijinja::Error> {
    let text = value.to_string();
    let written = match value {
        _ if value.is_undefined() || value.is_none() => Ok(()),
        _ if value.is_safe() => out.write_str(&text),
        _ => out.write_str(&html(&text)),
    };
    written.map_err(minijinja::Error::from)
}

fn failed(error: &minijinja::Error) -> crate::diagnostic::Diagnostics {
    Diagnostic::error(Code::IO, format!("the report cannot be written: {error:#}")).into()
}
