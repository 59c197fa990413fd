// The start: the grid with the rows of the first block, then, when the browser has read the page, with all.

const start = () => {
  collect();
  if (rowsRead() === 0) return;
  byId("filter").hidden = false;
  byId("work").hidden = false;
  makeGrid();
  listen();
  apply();
  performance.mark("rows");
  drawCharts();
  document.addEventListener("keydown", (e) => {
    if (e.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) { e.preventDefault(); byId("f-text").focus(); }
    if (e.key === "Escape" && document.activeElement === byId("f-text")) reset();
    else if (e.key === "Escape" && byId("record").contains(document.activeElement)) closeRecord();
  });
  window.addEventListener("resize", refresh);
  narrow.addEventListener("change", () => { grid.setOptions({ rowHeight: narrow.matches ? 68 : ROW }); fitColumns(); refresh(); });
};

const whole = () => {
  const before = rowsRead();
  collect();
  if (grid && rowsRead() > before) apply();
  if (grid) lookWhenIdle(() => { offerNotices(); document.documentElement.dataset.looked = "true"; });
  document.documentElement.dataset.ready = "true";
};
start();
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", whole); else whole();
