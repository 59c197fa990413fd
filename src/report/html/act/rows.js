// The rows of the plan. They stand in blocks of JSON; a block is parsed when one of its rows is first wanted, and the rest
// while the browser has nothing else to do.

const about = JSON.parse(byId("about").textContent);
const BLOCK = about.block;
const blocks = [];
let depths = "";

/** Takes up the blocks the browser has read by now. */
const collect = () => {
  const nodes = document.querySelectorAll("script.rows");
  for (let n = blocks.length; n < nodes.length; n += 1) {
    blocks.push({ node: nodes[n], rows: null });
    depths += nodes[n].dataset.depths;
  }
};
const rowsRead = () => depths.length;
const depthOf = (at) => depths.charCodeAt(at) - 48;

const parse = (n) => {
  const block = blocks[n];
  if (!block.rows) {
    block.rows = JSON.parse(block.node.textContent);
    block.node.textContent = "";
    block.rows.forEach((row, i) => { row.at = n * BLOCK + i; });
  }
  return block.rows;
};
const rowAt = (at) => parse(Math.floor(at / BLOCK))[at % BLOCK];

const nameOf = (field) => (typeof field[0] === "number" ? about.names[field[0]] : field[0]);
const recordOf = (row) => about.records.find((r) => r.name === row.r);

/** The row above which this one hangs, or -1. */
const parentOf = (at) => {
  const depth = depthOf(at);
  if (depth === 0) return -1;
  let up = at - 1;
  while (up >= 0 && depthOf(up) >= depth) up -= 1;
  return up;
};

/** The row after the last line below this one. */
const endOf = (at) => {
  let end = at + 1;
  while (end < rowsRead() && depthOf(end) > depthOf(at)) end += 1;
  return end;
};
const hasLines = (at) => at + 1 < rowsRead() && depthOf(at + 1) > depthOf(at);

// What searching, sorting and filtering look at, by row.
const facts = [];
const factsOf = (at) => (facts[at] ??= factsFor(rowAt(at)));

const factsFor = (row) => {
  const parts = [row.r, row.y, row.u, row.k, wordOf(row.k), row.c, row.n, row.p];
  for (const field of row.f ?? []) parts.push(nameOf(field), field[1], field[2]);
  if (row.e) parts.push(...row.e.slice(0, 4));
  return { text: `\n${parts.filter(Boolean).join("\n").toLowerCase()}\n`, notices: noticesOf(row), difference: differenceOf(row) };
};

/** Looks at all rows; later, in idle time, a block at a time. */
const lookAtAll = () => { for (let at = 0; at < rowsRead(); at += 1) factsOf(at); };
const idle = window.requestIdleCallback ?? ((work) => setTimeout(() => work({ timeRemaining: () => 8 }), 30));
const lookWhenIdle = (then, from = 0) => idle((deadline) => {
  let at = from;
  do { for (const end = Math.min(at + 250, rowsRead()); at < end; at += 1) factsOf(at); } while (at < rowsRead() && deadline.timeRemaining() > 4);
  if (at < rowsRead()) lookWhenIdle(then, at);
  else then();
});
