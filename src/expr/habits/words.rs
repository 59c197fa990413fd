//! The functions of spreadsheets in English, German, French, Spanish, Norwegian and Dutch, and what to write for them.

/// A function people know, under its names (small letters).
pub struct Word {
    /// Its names.
    pub names: &'static [&'static str],
    /// What to write: `{1}` the first argument, `{*}` all, `{3*}` all from the third; `""` when nothing simple does.
    pub write: &'static str,
    /// Advice beside it, or instead of it.
    pub help: &'static str,
}

const fn word(names: &'static [&'static str], write: &'static str) -> Word {
    Word { names, write, help: "" }
}

const fn advice(names: &'static [&'static str], help: &'static str) -> Word {
    Word { names, write: "", help }
}

const fn both(names: &'static [&'static str], write: &'static str, help: &'static str) -> Word {
    Word { names, write, help }
}

/// All of them.
pub const WORDS: &[Word] = &[
    both(
        &["if", "wenn", "si", "hvis", "als"],
        "if {1} { {2} } else { {3} }",
        "write `if condition { value } else { other }`",
    ),
    both(&["and", "und", "et", "y", "og", "en"], "({&&})", "write `a && b`"),
    both(&["or", "oder", "ou", "o", "eller", "of"], "({||})", "write `a || b`"),
    both(&["not", "nicht", "non", "no", "ikke", "niet"], "!({1})", "write `!a`"),
    both(&["isblank", "istleer", "estvide", "esblanco", "ertom", "isleeg"], "blank({1})", "write `blank(x)`"),
    word(&["isnumber", "istzahl", "estnum", "esnumero", "ertall", "isgetal"], "is_number({1})"),
    word(&["left", "links", "gauche", "izquierda", "venstre"], "left({1}, {2})"),
    word(&["right", "rechts", "droite", "derecha", "høyre"], "right({1}, {2})"),
    word(&["mid", "teil", "stxt", "extrae", "deltekst", "deel"], "mid({1}, {2}, {3})"),
    word(&["len", "länge", "laenge", "nbcar", "largo", "lengde", "lengte"], "len({1})"),
    word(&["trim", "glätten", "glaetten", "supprespace", "espacios", "trimme"], "single_spaces({1})"),
    word(&["upper", "gross", "majuscule", "mayusc", "store", "hoofdletters"], "upper({1})"),
    word(&["lower", "klein", "minuscule", "minusc", "små"], "lower({1})"),
    word(&["proper", "gross2", "nompropre", "nompropio", "beginletters"], "proper({1})"),
    both(
        &["concat", "concatenate", "verketten", "textkette", "concatener", "concatenar"],
        "join(\"\", {*})",
        "write `a + b`, or `join(\" \", a, b)` to skip empties",
    ),
    both(
        &["textjoin", "textverketten", "unircadenas"],
        "join({1}, {3*})",
        "write `join(\" \", a, b)`, or `list(\", \", x)` over rows",
    ),
    both(
        &["substitute", "wechseln", "substitue", "sustituir"],
        "replace({1}, {2}, {3})",
        "write `replace(text, old, new)`",
    ),
    word(&["rept", "wiederholen", "repeter", "repetir", "gjenta", "herhaling"], "repeat({1}, {2})"),
    word(&["exact", "identisch", "exacto", "eksakt", "gelijk"], "({1} == {2})"),
    both(
        &["value", "wert", "cnum", "valor", "numbervalue", "zahlenwert", "verdi", "waarde"],
        "number({1})",
        "read the column with `num(\"…\")`; a text that was cut or made with `number(text)`",
    ),
    both(
        &["text", "texte", "texto", "tekst"],
        "format({1}, {2})",
        "read a column with `text(\"…\")`, format with `format(x, \"yyyy-mm-dd\")`",
    ),
    word(
        &["find", "finden", "trouve", "encontrar", "search", "suchen", "cherche", "hallar", "finn", "søk"],
        "index_of({2}, {1})",
    ),
    word(&["round", "runden", "arrondi", "redondear", "avrund", "afronden"], "round({1}, {2})"),
    word(&["mround", "vrunden"], "round_to({1}, {2})"),
    word(&["int", "ganzzahl", "ent", "entero", "heltall", "integer"], "floor({1})"),
    word(&["trunc", "kürzen", "kuerzen", "tronque", "truncar", "avkort", "geheel"], "trunc({1})"),
    word(&["abs"], "abs({1})"),
    word(&["sign", "vorzeichen", "signe", "signo"], "sign({1})"),
    both(&["mod", "rest", "reste", "residuo"], "({1}) % ({2})", "write `a % b`"),
    advice(&["power", "potenz", "puissance", "potencia"], "there is no power; multiply: `x * x`"),
    word(&["year", "jahr", "annee", "année", "año", "ano", "år", "jaar"], "year({1})"),
    word(&["month", "monat", "mois", "mes", "måned", "maand"], "month({1})"),
    word(&["day", "tag", "jour", "dia", "día", "dag"], "day({1})"),
    word(&["date", "datum", "fecha", "dato"], "date_of({1}, {2}, {3})"),
    word(&["edate", "edatum"], "add_months({1}, {2})"),
    word(&["eomonth", "monatsende"], "month_end(add_months({1}, {2}))"),
    word(&["days", "tage", "jours", "dias", "días"], "days_between({2}, {1})"),
    both(
        &["weekday", "wochentag", "joursem", "diasem", "ukedag", "weekdag"],
        "weekday({1})",
        "write `weekday(date)`: 1 is Monday, 7 is Sunday",
    ),
    word(&["isoweeknum", "isokalenderwoche", "weeknum", "kalenderwoche"], "week({1})"),
    both(
        &[
            "today",
            "heute",
            "aujourdhui",
            "hoy",
            "now",
            "jetzt",
            "maintenant",
            "ahora",
            "idag",
            "vandaag",
            "nå",
            "nu",
        ],
        "run.date",
        "there is no clock; `run.date` is the day of the run",
    ),
    advice(
        &["datevalue", "datwert", "datevaleur", "fechanumero"],
        "write `parse_date(text, \"dd.mm.yyyy\")`",
    ),
    advice(
        &["iferror", "wennfehler", "sierreur", "ifna", "wennnv", "hvisfeil", "alsfout"],
        "a failing value rejects its row; `a ?? b` takes b where a is empty",
    ),
    advice(
        &[
            "vlookup",
            "xlookup",
            "hlookup",
            "lookup",
            "sverweis",
            "wverweis",
            "xverweis",
            "verweis",
            "recherchev",
            "rechercheh",
            "recherchex",
            "buscarv",
            "buscarh",
            "buscarx",
            "index",
            "match",
            "vergleich",
            "equiv",
            "coincidir",
        ],
        "use a lookup in the field: `{ from = \"…\", lookup = \"…\" }`",
    ),
    both(
        &["sum", "summe", "somme", "suma", "summer", "som"],
        "sum({1})",
        "write `sum(num(\"…\"))`, over the rows of a group",
    ),
    advice(
        &["sumif", "sumifs", "summewenn", "summewenns", "sommesi", "sumarsi", "summerhvis"],
        "write `sum(if condition { num(\"…\") })`",
    ),
    advice(
        &["countif", "countifs", "zählenwenn", "zaehlenwenn", "nbsi", "contarsi", "antallhvis"],
        "write `count(if condition { 1 })`",
    ),
    both(
        &["count", "counta", "anzahl", "anzahl2", "nb", "contar", "antall", "aantal"],
        "count({1})",
        "write `count(x)` or `count()`",
    ),
    both(
        &["average", "mittelwert", "moyenne", "promedio", "gjennomsnitt", "gemiddelde"],
        "sum({1}) / count({1})",
        "write `sum(x) / count(x)`",
    ),
    advice(&["unique", "eindeutig", "unicos", "unik", "uniek"], "write `distinct(x)` for how many there are"),
    advice(&["ifs", "wenns", "switch"], "write `if a { 1 } else if b { 2 } else { 3 }`"),
];
