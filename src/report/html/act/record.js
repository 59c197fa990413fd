// One record, whole: what changes word by word, where each value was read, its lines, and the row as it stood in the file.

let opened = -1;
let cameFrom = null;

const openRecord = (at, focus) => {
  if (opened < 0) cameFrom = document.activeElement;
  const before = opened;
  opened = at;
  const panel = byId("record");
  panel.replaceChildren(...recordParts(at));
  const wide = panel.hidden;
  panel.hidden = false;
  byId("work").classList.add("split");
  if (wide) fitColumns();
  grid.invalidateRows([before, at].map((a) => view.indexOf(a)).filter((n) => n >= 0));
  grid.render();
  panel.scrollTop = 0;
  if (focus) byId("record-title").focus();
};

/** The record is no longer beside the list; what has the focus keeps it. */
const hideRecord = () => {
  opened = -1;
  byId("record").hidden = true;
  byId("work").classList.remove("split");
  fitColumns();
  grid.invalidate();
};

const closeRecord = () => {
  if (opened < 0) return;
  const row = view.indexOf(opened);
  hideRecord();
  if (row >= 0) activate(row, 0);
  else cameFrom?.focus?.();
};

const recordParts = (at) => {
  const row = rowAt(at);
  const title = elWith("h3", { id: "record-title", tabindex: "-1" }, tag(row.k), " ", row.r, " ", row.y === undefined ? el("em", "", "no key") : el("b", "", row.y));
  const parts = [el("div", "bar-top", title, buttons(at))];
  const up = parentOf(at);
  if (up >= 0) parts.push(el("p", "about", "line of ", link(up)));
  else if (row.u) parts.push(el("p", "about", `under ${row.u}, itself not in this list`));
  if (row.p) parts.push(el("p", "about", `Read from ${row.p}`));
  if (row.c) parts.push(el("p", "about", "Cause: ", el("span", "cause", row.c)));
  if (row.n) parts.push(el("p", "note", row.n));
  for (const notice of factsOf(at).notices) parts.push(el("p", "notice-line", `Worth a second look: ${NOTICES[notice]}.`));
  if (row.e) parts.push(refusal(row));
  if (row.f?.length) parts.push(fieldsOf(row));
  if (hasLines(at)) parts.push(linesOf(at));
  if (row.w) parts.push(rawOf(row));
  return parts;
};

const buttons = (at) => {
  const n = view.indexOf(at);
  const step = (to, words, sign) => {
    const button = elWith("button", { type: "button", "aria-label": words, title: words }, sign);
    button.disabled = to < 0 || to >= view.length;
    button.addEventListener("click", () => { grid.scrollRowIntoView(to); openRecord(view[to], true); });
    return button;
  };
  const close = elWith("button", { type: "button", id: "record-close", "aria-label": "Close", title: "Close (Esc)" }, "×");
  close.addEventListener("click", closeRecord);
  return el("span", "buttons", step(n - 1, "Previous", "↑"), step(n + 1, "Next", "↓"), close);
};

const link = (at) => {
  const row = rowAt(at);
  const button = elWith("button", { type: "button", class: "link" }, `${row.r} ${row.y ?? ""}`);
  button.addEventListener("click", () => openRecord(at, true));
  return button;
};

const table = (name, heads, rows) => el("table", name,
  el("thead", "", el("tr", "", ...heads.map((h) => elWith("th", { scope: "col" }, h)))), el("tbody", "", ...rows));

const fieldsOf = (row) => {
  const both = row.f.some((f) => f[1] !== null && f[2] !== null) || row.k === "changed";
  const line = (f) => {
    const name = nameOf(f);
    const cells = both
      ? [el("td", "old", ...marked(f[1], f[3], "del")), el("td", "new", ...marked(f[2], f[4], "ins"))]
      : [el("td", row.k === "removed" ? "old" : "", (f[2] ?? f[1]) || empty())];
    return el("tr", "", elWith("th", { scope: "row" }, name, ...originOf(row, name)), ...cells);
  };
  const heads = both ? ["Field", "Before", "After"] : ["Field", row.k === "removed" ? "Last value" : "Value"];
  return table("fields", heads, row.f.map(line));
};

/** The columns a field comes from, each with the cell of this row where it is known. */
const originOf = (row, name) => {
  const record = recordOf(row);
  return (record?.from[name] ?? []).map((column) => {
    const cell = cellOf(row, record.source, column);
    return el("span", "origin", el("q", "", column), cell ? el("span", "place", ` ${cell}`) : "");
  });
};

const cellOf = (row, name, column) => {
  const from = about.sources.find((s) => s.name === name);
  const at = from?.columns.indexOf(column) ?? -1;
  if (at < 0) return null;
  const place = row.w ? { part: from.files[row.w[1] - 1], line: row.w[2], pos: row.w[3] } : guessed(row, from);
  if (!place) return null;
  if (place.pos) return `${place.pos}/${column}`;
  const column0 = place.part?.[2]?.[at];
  if (place.part?.[1] && column0 !== null && column0 !== undefined) return `${place.part[1]}!${letters(column0)}${place.line}`;
  return `line ${place.line}`;
};

/** The plan keeps no rows of more than 20,000 new records: sheet and line are in the place it was read from. */
const guessed = (row, from) => {
  const where = /(?:^|, )(?:(.+)!A|line )(\d+)$/.exec((row.p ?? "").slice((row.i ?? "").length));
  if (!where) return null;
  return { part: from.files.find((f) => f[0] === row.i && (where[1] === undefined || f[1] === where[1])), line: where[2] };
};
const letters = (n) => (n >= 26 ? letters(Math.floor(n / 26) - 1) : "") + String.fromCharCode(65 + (n % 26));

const refusal = (row) => {
  const [reason, code, field, value, known] = row.e;
  const fact = (name, ...what) => el("div", "", el("dt", "", name), el("dd", "", ...what));
  const list = el("dl", "facts", fact("Reason", reason, code ? " " : "", code ? el("code", "", code) : ""));
  if (field) list.append(fact("Field", field, " ", ...originOf(row, field)));
  if (value !== null) list.append(fact("Value as read", value === "" ? empty() : value));
  if (known) list.append(fact("Since", "known from the last run"));
  return list;
};

const linesOf = (at) => {
  const rows = [];
  for (let n = at + 1; n < endOf(at) && rows.length < 200; n += 1) {
    rows.push(el("tr", "", el("td", `depth-${depthOf(n) - depthOf(at) - 1}`, tag(rowAt(n).k)), elWith("th", { scope: "row" }, link(n)), el("td", "", changeCell(rowAt(n)))));
  }
  const all = endOf(at) - at - 1;
  const left = all > rows.length ? el("p", "about", `… and ${count(all - rows.length)} more`) : "";
  return el("section", "", el("h4", "", `Lines (${count(all)})`), table("lines", ["Kind", "Line", "What changes"], rows), left);
};

const rawOf = (row) => {
  const [name, part, line, pos, cells] = row.w;
  const from = about.sources.find((s) => s.name === name);
  const where = [from?.files[part - 1]?.[0], from?.files[part - 1]?.[1], pos ?? `row ${line}`].filter(Boolean).join(", ");
  const rows = cells.map((cell, n) => el("tr", "", elWith("th", { scope: "row" }, from?.columns[n] ?? `column ${n + 1}`), el("td", "", cell === null || cell === "" ? empty() : cell)));
  return el("section", "", el("h4", "", "The row as it was read"), el("p", "about", where), table("raw", ["Column", "Text"], rows));
};
