//! Rendering diagnostics: miette's graphical form with a caret in the TOML, or one plain line each.
