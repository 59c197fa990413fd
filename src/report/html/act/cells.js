// What stands in the cells of the grid.

const TELLING = [/(name|title|subject)$/i, /total(amount)?$/i, /(amount|balance|price|value)$/i, /date$/i, /(number|description|email|quantity)$/i];
const weight = (name) => {
  const at = TELLING.findIndex((t) => t.test(name));
  return /(key|id|code|guid)$/i.test(name) ? 8 : at < 0 ? 9 : at;
};
const shown = (name, text) => (isMoney(name) ? amount(text) : text);

const kindCell = (row) => el("span", "kind", tag(row.k));

const keyCell = (row, tree) => {
  const key = row.y === undefined ? el("em", "", "no key") : el("b", "", row.y);
  const cell = el("span", `key ${tree ? `depth-${depthOf(row.at)}` : ""}`);
  if (tree && hasLines(row.at)) cell.append(toggle(row.at));
  cell.append(el("span", "record", row.r), " ", key);
  const under = row.u ?? (tree || depthOf(row.at) === 0 ? null : rowAt(parentOf(row.at)).y);
  if (under) cell.append(" ", el("span", "under", `under ${under}`));
  return cell;
};

const toggle = (at) => {
  const lines = endOf(at) - at - 1;
  const open = isOpen(at);
  const mark = el("button", "toggle", open ? "▾" : "▸", el("span", "lines", count(lines)));
  mark.type = "button";
  mark.tabIndex = -1;
  mark.setAttribute("aria-label", `${open ? "Hide" : "Show"} ${lines} ${lines === 1 ? "line" : "lines"}`);
  return mark;
};

const changeCell = (row) => {
  if (row.e) return reasonOf(row);
  const cell = el("span", "what");
  if (row.c) cell.append(el("span", "cause", row.c), " ");
  if (row.n) cell.append(el("span", "note", row.n), " ");
  const fields = row.k === "changed" || row.k === "returned" || row.k === "rebaselined" ? row.f ?? [] : telling(row);
  for (const field of fields.slice(0, 4)) cell.append(pair(row, field));
  const more = (row.f?.length ?? 0) - Math.min(fields.length, 4);
  if (more > 0) cell.append(el("span", "more", `${count(more)} more`));
  return cell;
};

/** One side only: the values that tell a reader which record it is. */
const telling = (row) => {
  const rest = (row.f ?? []).filter((f) => (f[2] ?? f[1]) && (f[2] ?? f[1]) !== row.y);
  return rest.sort((a, b) => weight(nameOf(a)) - weight(nameOf(b))).slice(0, 3);
};

const pair = (row, field) => {
  const name = nameOf(field);
  const [, before, after] = field;
  const part = el("span", "pair", el("span", "field", name), " ");
  if (row.k === "new" || row.k === "removed") {
    part.append(el(row.k === "new" ? "span" : "del", "", shown(name, after ?? before)));
    return part;
  }
  const arrow = el("span", "arrow", " → ");
  part.append(before ? el("del", "", brief(shown(name, before), field[3])) : empty(), arrow, after ? el("ins", "", brief(shown(name, after), field[4])) : empty());
  return part;
};

/** A long text around the first word that differs, so that both sides fit. */
const brief = (text, lengths) => {
  const most = 28;
  if (text.length <= most) return text;
  const from = Math.max(0, Math.min((lengths?.[0] ?? 0) - 9, text.length - most));
  return `${from > 0 ? "…" : ""}${text.slice(from, from + most)}${from + most < text.length ? "…" : ""}`;
};

const reasonOf = (row) => {
  const [reason, code, field, value, known] = row.e;
  const cell = el("span", "what");
  if (field) cell.append(el("span", "field", field), " ");
  if (value !== null) cell.append(value === "" ? empty() : el("q", "", value), " ");
  cell.append(reason);
  if (code) cell.append(" ", el("code", "", code));
  if (known) cell.append(" ", el("span", "known", "known from the last run"));
  return cell;
};

const differenceCell = (row) => {
  const { difference, notices } = factsOf(row.at);
  const cell = el("span", "difference");
  for (const notice of notices) cell.append(elWith("span", { class: "notice", title: NOTICES[notice] }, SHORT[notice]), " ");
  if (!Number.isNaN(difference)) cell.append(signed(difference));
  return cell;
};
const SHORT = { times: "×", sign: "±", swap: "d↔m", far: "year", moved: "ref", emptied: "∅" };
const signed = (n) => (n > 0 ? "+" : "") + amount(n.toFixed(2));

/** The cell first: of a long file name the end may be cut. */
const placeCell = (row) => {
  const place = row.p ?? "";
  const cell = row.i && place.startsWith(`${row.i}, `) ? `${place.slice(row.i.length + 2)} · ${row.i}` : place;
  return elWith("span", { class: "place", title: place || null }, cell);
};

/** All of a row in one cell, for narrow screens. */
const cardCell = (row, tree) => el("span", "card", el("span", "line", kindCell(row), keyCell(row, tree)), el("span", "line", changeCell(row)));
