// Three small charts (uPlot). Each only draws what a table beside it, or its own label, says in words and figures.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const TONES = { new: "good", returned: "good", changed: "care", removed: "bad", rejected: "dim", held: "held", absent: "soft" };
let drawn = [];

/** Bars that lie: `bars` are [label, [[value, tone, text]…]] from top to bottom, the parts of one stacked or side by side. */
const chart = (box, title, bars, stacked, words) => {
  const place = elWith("div", { role: "img", "aria-label": `${title}: ${words}` });
  box.append(place);
  drawn.push(() => draw(place, bars, stacked));
};
const figure = (title, ...legend) => {
  const box = el("figure", "chart", el("figcaption", "", title, legend.length ? el("span", "legends", ...legend) : ""));
  byId("charts").append(box);
  return box;
};

const draw = (place, bars, stacked) => {
  place.replaceChildren();
  const parts = bars.flatMap(([, parts], n) => stacked
    ? parts.map((p, i) => ({ at: n, value: parts.slice(0, i + 1).reduce((sum, q) => sum + q[0], 0), tone: p[1], text: i === parts.length - 1 ? p[2] : "" })).reverse()
    : parts.map((p, i) => ({ at: n + (i - (parts.length - 1) / 2) * 0.36, value: p[0], tone: p[1], text: p[2] })));
  // On paper two stand side by side.
  const width = document.documentElement.classList.contains("paper") ? 296 : Math.max(place.clientWidth, 240);
  const label = Math.min(Math.max(...bars.map(([name]) => name.length)) * 6.6 + 14, width * 0.46);
  const room = Math.max(...parts.map((p) => p.text.length)) * 7 + 12;
  const most = Math.max(...parts.map((p) => p.value), 1);
  new uPlot({
    width, height: 34 + bars.length * (stacked ? 26 : 34), padding: [4, room, 4, 4], legend: { show: false }, cursor: { show: false },
    scales: { x: { time: false, ori: 1, dir: -1, range: [-0.6, bars.length - 0.4] }, y: { ori: 0, range: [0, most] } },
    axes: [
      { side: 3, size: label, stroke: colour("ink"), grid: { show: false }, ticks: { show: false }, font: FONT, splits: () => bars.map((_, n) => n),
        values: () => bars.map(([name]) => shortened(name, label)) },
      { show: false },
    ],
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: { draw: [(plot) => paint(plot, parts, stacked)] },
  }, [bars.map((_, n) => n), bars.map(() => 0)], place);
};
const FONT = "12px system-ui, 'Segoe UI', 'Noto Sans', sans-serif";
const shortened = (name, width) => { const most = Math.floor((width - 14) / 6.6); return name.length > most ? `${name.slice(0, most - 1)}…` : name; };

const paint = (plot, parts, stacked) => {
  const { ctx } = plot;
  const ratio = devicePixelRatio;
  const thick = (stacked ? 14 : 11) * ratio;
  ctx.save();
  ctx.font = FONT.replace("12px", `${12 * ratio}px`);
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  const left = plot.valToPos(0, "y", true);
  for (const part of parts) {
    const y = plot.valToPos(part.at, "x", true);
    const x = Math.max(plot.valToPos(part.value, "y", true), left + 2 * ratio);
    ctx.fillStyle = colour(part.tone);
    ctx.fillRect(left, y - thick / 2, x - left, thick);
    ctx.fillStyle = colour("ink");
    if (part.text) ctx.fillText(part.text, x + 6 * ratio, y);
  }
  ctx.restore();
};

const CHARTED = 8;
const SELDOM = 3;

/** Fields that few records change, where a slip stands out: each narrows the list to its changes. */
const seldom = () => {
  const rare = about.touched.filter(([, n]) => n <= SELDOM);
  if (!rare.length || about.touched.every(([, n]) => n <= SELDOM)) return "";
  const one = ([name, n]) => {
    const button = elWith("button", { type: "button" }, `${name} (${n})`);
    button.addEventListener("click", () => narrowTo({ kind: "changed", field: name }));
    return button;
  };
  return el("p", "seldom", "Changed seldom: ", ...rare.slice(0, 12).flatMap((r) => [one(r), " "]));
};

const drawCharts = () => {
  const kinds = about.counts.map(([name, counts]) => [name, Object.keys(TONES).filter((k) => counts[k]).map((k) => [counts[k], TONES[k], ""])])
    .filter(([, parts]) => parts.length);
  for (const [, parts] of kinds) parts.at(-1)[2] = count(parts.reduce((sum, p) => sum + p[0], 0));
  const words = about.counts.map(([name, counts]) => `${name} ${Object.entries(counts).filter(([, n]) => n).map(([k, n]) => `${n} ${k}`).join(", ") || "none"}`).join("; ");
  const used = Object.keys(TONES).filter((kind) => about.counts.some(([, counts]) => counts[kind]));
  const legend = used.map((kind) => el("span", `legend k-${kind}`, el("span", "swatch", ""), tag(kind)));
  if (kinds.length) chart(figure("What happens, by record", ...legend), "What happens, by record", kinds, true, words);
  const most = about.touched.slice(0, CHARTED);
  if (most.length) {
    const box = figure("Fields changed most");
    chart(box, "Fields changed most", most.map(([name, n]) => [name, [[n, "care", count(n)]]]), true, most.map((t) => t.join(" ")).join(", "));
    box.append(seldom());
  }
  const sums = currencies();
  const box = sums.length ? figure("Amounts before (grey, above) and after") : null;
  for (const [currency, totals] of sums) {
    const bars = totals.map(([name, before, after]) => [`${name} ${currency}`, [[Math.abs(Number(before)), "soft", amount(before)], [Math.abs(Number(after)), "accent", amount(after)]]]);
    chart(box, `${currency} before and after`, bars, false, totals.map((t) => `${t[0]} ${t[1]} before, ${t[2]} after`).join("; "));
  }
  byId("charts").hidden = drawn.length === 0;
  repaint();
  new ResizeObserver(repaint).observe(byId("charts"));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
};

/** The amounts of the first currencies: of each record its total, or what moves most. */
const currencies = () => {
  const all = new Map();
  for (const record of about.records.filter((r) => !r.parent)) {
    for (const [field, currency, before, after] of record.totals) {
      if (!currency || before === null || after === null || !/^(total|payment|outstanding|net|balance)/i.test(field)) continue;
      const list = all.get(currency) ?? all.set(currency, []).get(currency);
      if (list.length < 4) list.push([field, before, after]);
    }
  }
  return [...all].slice(0, 2);
};

let wide = 0;
const repaint = () => {
  const now = byId("charts").clientWidth;
  if (now === wide && now === 0) return;
  wide = now;
  drawn.forEach((again) => again());
};
