//! The style and the script of the page: the vendored parts (THIRD-PARTY.md) and ours, one text each, whose digests stand
//! in the policy.

use super::sink;
use std::sync::LazyLock;

/// SHA-256 of nothing: the grid makes an empty style element, which it then fills rule by rule.
const EMPTY: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/// The style.
pub(super) static STYLE: LazyLock<String> = LazyLock::new(|| {
    [
        concat!("/*!\n", include_str!("vendor/slickgrid.LICENSE"), "*/\n"),
        include_str!("vendor/slick.grid.css"),
        concat!("/*!\n", include_str!("vendor/uplot.LICENSE"), "\n*/\n"),
        include_str!("vendor/uPlot.min.css"),
        include_str!("look/page.css"),
        include_str!("look/numbers.css"),
        include_str!("look/grid.css"),
        include_str!("look/record.css"),
        include_str!("look/print.css"),
    ]
    .concat()
});

/// The script.
pub(super) static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let parts = [
        concat!("/*!\n", include_str!("vendor/slickgrid.LICENSE"), "*/\n"),
        include_str!("vendor/slick.core.js"),
        include_str!("vendor/slick.interactions.js"),
        include_str!("vendor/slick.grid.js"),
        concat!("/*!\n", include_str!("vendor/uplot.LICENSE"), "\n*/\n"),
        include_str!("vendor/uPlot.iife.min.js"),
        "(() => {\n\"use strict\";\n",
        include_str!("act/dom.js"),
        include_str!("act/rows.js"),
        include_str!("act/notice.js"),
        include_str!("act/cells.js"),
        include_str!("act/grid.js"),
        include_str!("act/filter.js"),
        include_str!("act/record.js"),
        include_str!("act/charts.js"),
        include_str!("act/paper.js"),
        include_str!("act/start.js"),
        "})();\n",
    ];
    // The maps are not there; a browser's tools would look for them.
    let lines = parts.iter().flat_map(|p| p.lines()).filter(|l| !l.starts_with("//# sourceMappingURL"));
    lines.flat_map(|l| [l, "\n"]).collect()
});

/// The content security policy.
pub(super) fn policy() -> String {
    format!(
        "default-src 'none'; style-src '{}' '{EMPTY}'; script-src '{}'; base-uri 'none'; form-action 'none'",
        sink::digest(&STYLE),
        sink::digest(&SCRIPT)
    )
}
