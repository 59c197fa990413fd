// What a second look is due: changes of a shape that mistakes have. They are hints and say so; nothing is judged by them.

const NOTICES = {
  times: "amount a multiple of before",
  sign: "amount with the other sign",
  swap: "day and month swapped",
  far: "date more than a year away",
  moved: "refers to another record",
  emptied: "value emptied",
};

const number = (text) => (/^-?\d+(\.\d+)?$/.test(text ?? "") ? Number(text) : NaN);
const day = (text) => /^(\d{4})-(\d\d)-(\d\d)/.exec(text ?? "");
const moneyNames = new Set(about.records.flatMap((r) => r.totals.map((t) => t[0])));
const isMoney = (name) => moneyNames.has(name) || (moneyNames.size === 0 && /amount|total|balance|price/i.test(name));

const noticeOf = (name, before, after) => {
  const [a, b] = [number(before), number(after)];
  if (isMoney(name) && a && b) {
    if (a === -b) return "sign";
    const times = Math.abs(b / a);
    if ([2, 10, 100, 1000].some((n) => Math.abs(times - n) < 1e-9 || Math.abs(1 / times - n) < 1e-9)) return "times";
  }
  const [d, e] = [day(before), day(after)];
  if (d && e) {
    if (d[1] === e[1] && d[2] === e[3] && d[3] === e[2]) return "swap";
    if (Math.abs(Date.parse(e[0]) - Date.parse(d[0])) > 366 * 864e5) return "far";
  }
  if (/(key|id)$/i.test(name) && before && after) return "moved";
  return before && after === "" ? "emptied" : null;
};

const noticesOf = (row) => {
  if (row.k !== "changed" && row.k !== "returned") return [];
  const found = row.f?.map((f) => noticeOf(nameOf(f), f[1], f[2] ?? "")) ?? [];
  return [...new Set(found.filter(Boolean))];
};

/** The money a row moves: of its total, or its first amount. */
const moneyOf = (row) => {
  const money = (row.f ?? []).filter((f) => isMoney(nameOf(f)));
  return money.find((f) => /total/i.test(nameOf(f))) ?? money[0];
};
const differenceOf = (row) => {
  const field = moneyOf(row);
  if (!field || row.e) return NaN;
  const [before, after] = [number(field[1]) || 0, number(field[2]) || 0];
  return Math.round((after - before) * 100) / 100;
};
