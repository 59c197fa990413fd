// Elements and numbers. Text from the plan is only ever set as text; nothing here reads it as markup.

const byId = (id) => document.getElementById(id);

/** An element of a class with children: strings become text. */
const el = (tag, name, ...children) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== ""));
  return node;
};

/** As `el`, with attributes of ours. */
const elWith = (tag, attributes, ...children) => {
  const node = el(tag, "", ...children);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  return node;
};

const count = (n) => n.toLocaleString("en-US");

/** A canonical decimal with thousands separators; anything else stays as it is. */
const amount = (text) => {
  const parts = /^(-?)(\d+)(\.\d+)?$/.exec(text ?? "");
  return parts ? (parts[1] ? "−" : "") + parts[2].replace(/\B(?=(\d{3})+$)/g, ",") + (parts[3] ?? "") : text;
};

const SIGNS = {
  new: "+", changed: "~", removed: "−", absent: "?", returned: "+", along: "·", adopted: "=", rebaselined: "=",
  rejected: "×", held: "‖",
};
const WORDS = { along: "sent along" };
const wordOf = (kind) => WORDS[kind] ?? kind;

const tag = (kind) => {
  const sign = el("span", "sign", SIGNS[kind] ?? "·");
  sign.setAttribute("aria-hidden", "true");
  return el("span", `tag k-${kind}`, sign, el("span", "word", wordOf(kind)));
};

const empty = () => el("em", "empty", "empty");

/** A text in turn kept and differing, by lengths; what differs is marked. */
const marked = (text, lengths, mark) => {
  if (text === "" || text === null) return [empty()];
  if (!lengths) return [el(mark, "", text)];
  const out = [];
  let at = 0;
  lengths.forEach((length, n) => {
    const part = text.slice(at, at + length);
    at += length;
    if (part) out.push(n % 2 ? el(mark, "", part) : part);
  });
  return out;
};
