// The grid: SlickGrid over `view`, the rows to show in their order.

let view = new Int32Array(0);
let grid;
const narrow = window.matchMedia("(max-width: 44rem)");
const ROW = 38;

const format = (cell) => (_row, _cell, _value, _column, item) => cell(item, inTree());
const COLUMNS = [
  { id: "kind", name: "Kind", width: 132, minWidth: 112, maxWidth: 200, sortable: true, formatter: format(kindCell) },
  { id: "key", name: "Record", width: 250, minWidth: 170, sortable: true, formatter: format(keyCell) },
  { id: "change", name: "What changes", width: 560, sortable: true, formatter: format(changeCell) },
  { id: "difference", name: "Difference", width: 140, minWidth: 134, maxWidth: 190, sortable: true, cssClass: "right", headerCssClass: "right", formatter: format(differenceCell) },
  { id: "place", name: "Read from", width: 190, sortable: true, formatter: format(placeCell) },
];
/** Beside an open record there is less room; the place stands in the record. */
/** Copies: the grid writes the widths it came to into what it is given, and those were for another room. */
const columns = () => (narrow.matches ? CARD : opened >= 0 && besides.matches ? COLUMNS.slice(0, 4) : COLUMNS).map((c) => ({ ...c }));
const besides = window.matchMedia("(min-width: 68rem)");
const CARD = [{ id: "card", name: "Changes", width: 320, formatter: format(cardCell) }];

const source = {
  getLength: () => view.length,
  getItem: (n) => rowAt(view[n]),
  getItemMetadata: (n) => {
    const at = view[n];
    return { cssClasses: `${inTree() && depthOf(at) ? "below" : ""}${at === opened ? " opened" : ""}` };
  },
};

const makeGrid = () => {
  const options = {
    enableHtmlRendering: false, enableColumnReorder: false, enableTextSelectionOnCells: true, editable: false, autoEdit: false,
    forceFitColumns: true, rowHeight: narrow.matches ? 68 : ROW, headerHeight: ROW, minRowBuffer: 24, forceSyncScrolling: true,
    multiColumnSort: false, tristateMultiColumnSort: false, enableCellNavigation: true,
  };
  grid = new Slick.Grid("#grid", source, columns(), options);
  grid.setFocus = focusCell;
  grid.onSort.subscribe((_event, { sortCol, sortAsc }) => sortBy(sortCol.id, sortAsc));
  grid.onClick.subscribe(clicked);
  grid.onKeyDown.subscribe(pressed);
  grid.onActiveCellChanged.subscribe((_event, { row }) => {
    // The grid only paints the active cell; a screen reader reads what has the focus.
    if (byId("grid").contains(document.activeElement)) focusCell();
    if (opened >= 0 && row !== undefined) openRecord(view[row], false);
  });
  readable();
};

/** What a screen reader and the keyboard need beyond what the grid does. */
const readable = () => {
  const node = byId("grid");
  node.setAttribute("role", "treegrid");
  node.querySelectorAll("[tabindex]").forEach((n) => n.removeAttribute("tabindex"));
  node.addEventListener("focusin", (e) => {
    const row = e.target.matches(".slick-cell") && !grid.getActiveCell() ? e.target.closest(".slick-row") : null;
    if (row) activate(Number(row.dataset.row), 0);
  });
  grid.onRendered.subscribe(tell);
  heads();
};

const heads = () => {
  const node = byId("grid");
  node.querySelectorAll(".slick-header-columns").forEach((n) => n.setAttribute("role", "row"));
  node.querySelectorAll(".slick-resizable-handle").forEach((n) => n.setAttribute("aria-hidden", "true"));
  node.querySelectorAll(".slick-header-column").forEach((n) => {
    n.tabIndex = 0;
    n.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); n.click(); } });
  });
};

/** Says of each row drawn which it is, and lets the Tab key enter at one cell: the active one, or the first. */
const tell = () => {
  for (const node of document.querySelectorAll("#grid .slick-row:not([aria-rowindex])")) {
    const at = view[Number(node.dataset.row)];
    node.setAttribute("aria-rowindex", String(Number(node.dataset.row) + 2));
    node.setAttribute("aria-level", String(inTree() ? depthOf(at) + 1 : 1));
    if (inTree() && hasLines(at)) node.setAttribute("aria-expanded", String(isOpen(at)));
  }
  for (const node of document.querySelectorAll("#grid .slick-cell[tabindex='0']")) node.tabIndex = -1;
  const first = document.querySelector(`#grid .slick-row[data-row="${grid.getViewport().top}"] .slick-cell`);
  const enter = grid.getActiveCellNode() ?? first;
  if (enter) enter.tabIndex = 0;
};

/** Makes a cell the active one, and gives it the focus, which the grid alone does not. */
const activate = (row, cell) => {
  grid.setActiveCell(row, cell);
  focusCell();
};

const focusCell = () => {
  const cell = grid.getActiveCellNode();
  if (!cell) return;
  tell();
  cell.focus({ preventScroll: true });
};

const clicked = (event, { row }) => {
  const at = view[row];
  if (event.target.closest(".toggle")) turn(at);
  else openRecord(at, false);
};

const pressed = (event, { row }) => {
  const at = view[row];
  const stop = () => { event.preventDefault(); event.stopImmediatePropagation(); };
  if (event.key === "Enter") { stop(); openRecord(at, true); }
  else if (event.key === " ") { stop(); if (inTree() && hasLines(at)) turn(at); }
  else if (event.key === "Escape") { stop(); closeRecord(); }
};

/** Gives the columns the room there is; the grid makes its heads anew. */
const fitColumns = () => {
  const active = grid.getActiveCell();
  // The room first, which the columns are fitted to.
  grid.resizeCanvas();
  grid.setColumns(columns());
  heads();
  markOrder();
  if (active) grid.setActiveCell(active.row, Math.min(active.cell, columns().length - 1));
};

/** Shows the rows of `view`, as high as they need up to most of the window. */
const refresh = () => {
  const node = byId("grid");
  const high = (narrow.matches ? 68 : ROW) * Math.max(view.length, 2) + ROW + 3;
  node.style.height = `${Math.min(high, Math.max(window.innerHeight * 0.76, 320))}px`;
  node.setAttribute("aria-rowcount", String(view.length + 1));
  grid.invalidate();
  grid.resizeCanvas();
};
