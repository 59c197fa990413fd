// Print: paper has no grid to scroll, so the rows shown are written out, the first thousand of them.

const PAPER = 1000;

const writeOut = () => {
  const paper = byId("paper");
  const rows = inTree() && !narrowed() ? Array.from({ length: Math.min(rowsRead(), PAPER) }, (_, n) => n) : [...view.slice(0, PAPER)];
  const all = inTree() && !narrowed() ? rowsRead() : view.length;
  const left = all > rows.length ? el("p", "left-out", `The first ${count(rows.length)} of ${count(all)} rows. The page on the screen and the plan hold all.`) : "";
  paper.replaceChildren(left, ...rows.map(article));
  document.documentElement.classList.add("paper");
  repaint();
};

const article = (at) => {
  const row = rowAt(at);
  const head = el("h3", "", tag(row.k), " ", row.r, " ", el("b", "", row.y ?? "no key"), row.u ? ` under ${row.u}` : "", row.c ? el("span", "cause", row.c) : "", el("span", "place", row.p ?? ""));
  const body = row.e ? reasonOf(row) : row.f?.length ? fieldsOf(row) : "";
  return el("article", `entry k-${row.k} depth-${inTree() ? depthOf(at) : 0}`, head, row.n ? el("p", "note", row.n) : "", body);
};

window.addEventListener("beforeprint", writeOut);
window.addEventListener("afterprint", () => {
  byId("paper").replaceChildren();
  document.documentElement.classList.remove("paper");
  repaint();
});
