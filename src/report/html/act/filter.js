// Search, filters and order: which rows `view` holds. Without an order of the reader's own, lines stand under their header.

const state = { words: [], kind: "", record: "", field: "", notice: "", sort: "plan", up: true, lines: false };
const turned = new Set();
const ORDERS = [
  ["plan", "as in the plan"], ["kind", "kind"], ["key", "record and key"], ["change", "fields changed, most first"],
  ["difference", "difference, largest first"], ["place", "place read"],
];

const inTree = () => state.sort === "plan";
const narrowed = () => state.words.length > 0 || state.kind || state.record || state.field || state.notice;
const isOpen = (at) => state.lines !== turned.has(at);

const fits = (at) => {
  const row = rowAt(at);
  if (state.kind && row.k !== state.kind) return false;
  if (state.record && row.r !== state.record) return false;
  if (state.field && !row.f?.some((f) => nameOf(f) === state.field) && row.e?.[2] !== state.field) return false;
  const found = state.words.length || state.notice ? factsOf(at) : null;
  if (state.notice && !(state.notice === ANY ? found.notices.length : found.notices.includes(state.notice))) return false;
  return state.words.every((word) => found.text.includes(word.text) !== word.not);
};

/** What is searched: words; `!word` for what does not hold it, `"word"` for a value that is this and no more. (A quote that
 *  stands alone is a character: 3/4" is a size.) */
const wordsOf = (text) => (text.toLowerCase().match(/!?"[^"]+"|\S+/g) ?? []).map((token) => {
  const [, not, quoted, word] = /^(!?)(?:"([^"]+)"|(.*))$/.exec(token);
  return { not: not !== "", text: quoted ? `\n${quoted}\n` : (word ?? "") };
}).filter((word) => word.text);

/** The rows without a filter: headers, and the lines of those that are open. */
const unfolded = () => {
  const all = [];
  const open = [];
  for (let at = 0; at < rowsRead(); at += 1) {
    const depth = depthOf(at);
    if (depth === 0 || open[depth - 1]) all.push(at);
    open[depth] = (depth === 0 || open[depth - 1]) && isOpen(at);
  }
  return all;
};

/** The rows that fit; in the plan's order each with the headers above it. */
const found = () => {
  const all = [];
  let hits = 0;
  for (let at = 0; at < rowsRead(); at += 1) {
    if (!fits(at)) continue;
    hits += 1;
    if (inTree()) {
      const above = [];
      for (let up = parentOf(at); up > (all.at(-1) ?? -1); up = parentOf(up)) above.unshift(up);
      all.push(...above);
    }
    all.push(at);
  }
  return { all, hits };
};

const KEYS = {
  kind: (at) => rowAt(at).k, key: (at) => `${rowAt(at).r}\n${rowAt(at).y ?? ""}`, place: (at) => rowAt(at).p ?? "\uffff",
  change: (at) => -(rowAt(at).f?.length ?? 0), difference: (at) => -Math.abs(factsOf(at).difference || 0),
};
const sorted = (all) => {
  const key = KEYS[state.sort];
  const keys = new Map(all.map((at) => [at, key(at)]));
  const compare = (a, b) => { const [x, y] = [keys.get(a), keys.get(b)]; return x < y ? -1 : x > y ? 1 : a - b; };
  all.sort(state.up ? compare : (a, b) => compare(b, a));
};

const apply = () => {
  const all = narrowed() || !inTree() ? found() : { all: unfolded(), hits: rowsRead() };
  if (!inTree()) sorted(all.all);
  view = Int32Array.from(all.all);
  if (opened >= 0 && view.indexOf(opened) < 0) hideRecord();
  const of = count(rowsRead());
  byId("f-count").textContent = narrowed() ? `${count(all.hits)} of ${of} shown` : `${of} changes`;
  byId("f-lines").hidden = !inTree() || Boolean(narrowed()) || !/[1-9]/.test(depths);
  markOrder();
  refresh();
};

const markOrder = () => {
  for (const node of document.querySelectorAll(".slick-header-column")) {
    node.setAttribute("aria-sort", node.dataset.id === state.sort ? (state.up ? "ascending" : "descending") : "none");
  }
};

const sortBy = (id, up) => { state.sort = id; state.up = up; byId("f-sort").value = id; apply(); };
const turn = (at) => {
  if (turned.has(at)) turned.delete(at); else turned.add(at);
  const active = grid.getActiveCell();
  apply();
  if (active) activate(view.indexOf(at), active.cell);
};

const option = (value, text) => elWith("option", { value }, text);
const listen = () => {
  const [text, kind, record, field, notice, sort] = ["text", "kind", "record", "field", "notice", "sort"].map((id) => byId(`f-${id}`));
  let waiting;
  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { state.words = wordsOf(text.value); apply(); grid.scrollRowToTop(0); }, 120);
  });
  const choose = (node, name) => node.addEventListener("change", () => { state[name] = node.value; apply(); grid.scrollRowToTop(0); });
  choose(kind, "kind"); choose(record, "record"); choose(field, "field"); choose(notice, "notice");
  sort.append(...ORDERS.map(([value, words]) => option(value, words)));
  sort.addEventListener("change", () => { grid.setSortColumns([]); sortBy(sort.value, true); grid.scrollRowToTop(0); });
  const times = new Map(about.touched);
  const names = [...new Set(about.touched.map((t) => t[0]).concat(about.names))];
  field.append(...names.map((name) => option(name, times.has(name) ? `${name} (${count(times.get(name))} changed)` : name)));
  byId("f-lines").addEventListener("click", (e) => {
    state.lines = !state.lines; turned.clear(); e.target.setAttribute("aria-pressed", String(state.lines)); apply();
  });
  byId("f-reset").addEventListener("click", reset);
  byId("f-print").addEventListener("click", () => window.print());
  for (const link of document.querySelectorAll("a[data-kind]")) link.addEventListener("click", () => { reset(); kind.value = link.dataset.kind; state.kind = kind.value; apply(); });
};

const reset = () => {
  for (const id of ["text", "kind", "record", "field", "notice"]) byId(`f-${id}`).value = "";
  Object.assign(state, { words: [], kind: "", record: "", field: "", notice: "" });
  grid.setSortColumns([]);
  sortBy("plan", true);
};

/** Only the changes of a kind, field or hint. */
const narrowTo = (wanted) => {
  reset();
  for (const [id, value] of Object.entries(wanted)) { byId(`f-${id}`).value = value; state[id] = value; }
  apply();
  byId("changes").scrollIntoView();
  byId("changes").focus({ preventScroll: true });
};

/** Any hint. */
const ANY = "any";

/** Which hints there are, once all rows were looked at. */
const offerNotices = () => {
  const found = {};
  for (const { notices } of facts) for (const notice of notices) found[notice] = (found[notice] ?? 0) + 1;
  const offers = Object.keys(NOTICES).filter((n) => found[n]);
  const all = facts.filter(({ notices }) => notices.length).length;
  if (offers.length) byId("f-notice").append(option(ANY, `what is worth a second look (${count(all)})`));
  byId("f-notice").append(...offers.map((n) => option(n, `${NOTICES[n]} (${count(found[n])})`)));
  byId("l-notice").hidden = offers.length === 0;
  const looks = byId("looks");
  looks.hidden = offers.length === 0;
  const button = elWith("button", { type: "button" }, `${count(all)} ${all === 1 ? "change is" : "changes are"} worth a second look`);
  button.addEventListener("click", () => narrowTo({ notice: ANY }));
  looks.replaceChildren(button, `: ${offers.map((n) => `${NOTICES[n]} (${count(found[n])})`).join(", ")}. Hints, no judgement.`);
};
