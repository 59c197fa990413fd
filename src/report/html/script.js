"use strict";
(() => {
  const bar = document.getElementById("filter");
  if (!bar) return;
  bar.hidden = false;
  const box = (id) => document.getElementById(id);
  const [text, kind, record, count] = ["f-text", "f-kind", "f-record", "f-count"].map(box);
  const units = [...document.querySelectorAll(".entry")].filter((e) => !e.parentElement.closest(".entry"));
  const words = new Map();
  const textOf = (unit) => {
    if (!words.has(unit)) words.set(unit, unit.textContent.toLowerCase());
    return words.get(unit);
  };
  const partsOf = (unit) => (unit.dataset.kind ? [unit] : []).concat([...unit.querySelectorAll("[data-kind]")]);
  const fits = (unit, wanted) =>
    wanted.every((word) => textOf(unit).includes(word)) &&
    ((!kind.value && !record.value) ||
      partsOf(unit).some((p) => (!kind.value || p.dataset.kind === kind.value) && (!record.value || p.dataset.record === record.value)));

  const filter = () => {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const active = wanted.length > 0 || kind.value || record.value;
    let shown = 0;
    const alive = new Set();
    for (const unit of units) {
      unit.hidden = !!active && !fits(unit, wanted);
      if (!unit.hidden) { shown += 1; alive.add(unit.closest("section")); }
    }
    for (const section of new Set(units.map((u) => u.closest("section")))) section.hidden = !alive.has(section);
    count.textContent = active ? `${shown.toLocaleString("en")} of ${units.length.toLocaleString("en")} shown` : "";
  };
  let waiting;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); };
  text.addEventListener("input", soon);
  kind.addEventListener("change", filter);
  record.addEventListener("change", filter);

  const all = (open) => document.querySelectorAll("details.entry").forEach((d) => { d.open = open; });
  box("f-open").addEventListener("click", () => all(true));
  box("f-close").addEventListener("click", () => all(false));
  document.addEventListener("keydown", (e) => {
    if (e.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) { e.preventDefault(); text.focus(); }
    if (e.key === "Escape" && document.activeElement === text) { text.value = ""; filter(); }
  });
})();
