"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const language = byId("language"), unit = byId("unit"), chips = byId("chosen"), charts = byId("charts");
  const COLOURS = 8, LABELLED = 8; // colours in the style sheet; letters of a name beside its curve
  const WITHOUT = { not_reached: "not reached", at_start: "from step 0" };
  const MEAN = "";
  let chosen = [MEAN];

  const shown = (number) => number.toFixed(3).replace("-", "−");
  const grouped = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const short = (value) => {
    for (const [size, letter] of [[1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e4, "k"]])
      if (value >= size) return +(value / (letter === "k" ? 1e3 : size)).toPrecision(3) + " " + letter;
    return String(+value.toPrecision(4));
  };
  const ticks = (low, high, most) => {
    const rough = (high - low) / most || 1, power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((one) => power * one >= rough * (1 - 1e-9));
    const found = [];
    for (let n = Math.ceil(low / step - 1e-9); n <= high / step + 1e-9; n++) found.push(n * step);
    return found;
  };
  const entryOf = (code) => code === MEAN ? data.mean : data.languages[code];
  const colour = (model) => `line-${model % COLOURS}${model < COLOURS ? "" : " again"}`;

  // The validations of one model that have a value, with what they cost in the chosen unit.
  const pointsOf = (entry, model) => entry.values[model]
    .map((quality, index) => ({ quality, cost: data.costs[model][unit.value][index], step: data.costs[model].steps[index] }))
    .filter((point) => point.quality !== null && point.cost !== null);

  function draw() {
    chips.replaceChildren();
    charts.replaceChildren();
    charts.classList.toggle("many", chosen.length > 1);
    for (const code of chosen) {
      const entry = entryOf(code);
      const chip = add(chips, "button", { type: "button", "data-code": code, title: "Remove" }, entry.name);
      add(chip, "span", { "aria-hidden": "true" }, " ×");
      panel(add(charts, "figure", { "data-code": code }), entry);
    }
    for (const figure of charts.children) chart(figure, entryOf(figure.dataset.code));
  }

  // Caption: how much sooner each model came to the baseline's final quality.
  function panel(figure, entry) {
    const caption = add(figure, "figcaption");
    add(caption, "b", {}, entry.name);
    entry.speedups.forEach((speedup, index) => {
      const ratio = speedup[unit.value];
      const text = ratio ? (speedup.status === "by_first_validation" ? "≥ " : "") + ratio.toFixed(2) + "×" : WITHOUT[speedup.status] || "–";
      const span = add(caption, "span", { class: "speedup", "data-tip": `${data.models[index + 1]}, speed-up in ${unit.selectedOptions[0].text}` });
      add(span, "i", { class: `swatch model-${(index + 1) % COLOURS}` });
      span.append(ratio && entry.speedups.length === 1 ? `${text} as fast in ${unit.selectedOptions[0].text}` : text);
    });
  }

  function chart(figure, entry) {
    const curves = data.models.map((_, model) => pointsOf(entry, model)), every = curves.flat();
    if (!every.length) { add(figure, "p", { class: "explain" }, "No validation has all languages."); return; }
    const labelled = chosen.length === 1 && data.models.every((name) => name.length <= LABELLED);
    const width = Math.max(figure.clientWidth, 220), height = chosen.length > 1 ? 190 : 300;
    const box = { left: 46, right: width - (labelled ? 52 : 14), top: 26, bottom: height - 26 };
    let low = Math.min(...every.map((p) => p.quality)), high = Math.max(...every.map((p) => p.quality));
    const room = (high - low) * 0.05 || 0.5, most = Math.max(...every.map((p) => p.cost)) || 1;
    low -= room; high += room;
    const x = (cost) => box.left + cost / most * (box.right - box.left);
    const y = (quality) => box.bottom - (quality - low) / (high - low) * (box.bottom - box.top);
    const svg = add(figure, "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Learning curves, ${entry.name}` });
    axes(svg, box, { low, high, most, x, y });
    target(svg, entry, curves, box, x, y);
    curves.forEach((points, model) => {
      add(svg, "polyline", { class: "curve " + colour(model), points: points.map((p) => x(p.cost).toFixed(1) + "," + y(p.quality).toFixed(1)).join(" ") });
      if (points.length < 40) for (const p of points) add(svg, "circle", { class: `model-${model % COLOURS}`, cx: x(p.cost), cy: y(p.quality), r: 2.4 });
    });
    if (labelled) names(svg, curves, x, y);
    svg.addEventListener("pointermove", (event) => point(event, svg, curves, box, x, y));
    svg.addEventListener("pointerleave", () => svg.querySelector(".at")?.remove());
  }

  function axes(svg, box, { low, high, most, x, y }) {
    add(svg, "text", { class: "axis-title", x: 0, y: 14 }, "neg. log perplexity");
    const levels = ticks(low, high, box.bottom > 200 ? 5 : 4);
    const digits = levels.length > 1 ? Math.max(0, -Math.floor(Math.log10(levels[1] - levels[0]) + 1e-9)) : 2;
    for (const value of levels) {
      add(svg, "line", { class: "grid", x1: box.left, x2: box.right, y1: y(value), y2: y(value) });
      add(svg, "text", { class: "end", x: box.left - 6, y: y(value) + 4 }, value.toFixed(digits).replace("-", "−"));
    }
    for (const value of ticks(0, most, box.right < 420 ? 3 : 6))
      add(svg, "text", { class: "middle", x: x(value), y: box.bottom + 18 }, short(value));
  }

  // The baseline's final quality, and where each curve first comes to it.
  function target(svg, entry, curves, box, x, y) {
    const end = curves[0].at(-1);
    if (!end) return;
    add(svg, "line", { class: "target", x1: box.left, x2: box.right, y1: y(end.quality), y2: y(end.quality) });
    entry.speedups.forEach((speedup, index) => {
      if (!speedup[unit.value]) return;
      const reached = x(end.cost / speedup[unit.value]);
      add(svg, "line", { class: "drop " + colour(index + 1), x1: reached, x2: reached, y1: y(end.quality), y2: box.bottom });
    });
  }

  // Names at the ends of the curves, moved apart where these are close.
  function names(svg, curves, x, y) {
    const ends = curves.map((points, model) => ({ model, last: points.at(-1) })).filter((one) => one.last)
      .sort((one, other) => other.last.quality - one.last.quality);
    let lowest = -Infinity;
    for (const { model, last } of ends) {
      lowest = Math.max(y(last.quality) + 4, lowest + 13);
      add(svg, "text", { class: `series model-${model % COLOURS}`, x: x(last.cost) + 6, y: lowest }, data.models[model]);
    }
  }

  // The validations nearest to the pointer: marked on the curves, their values in the tip.
  function point(event, svg, curves, box, x, y) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).x;
    svg.querySelector(".at")?.remove();
    const marks = add(svg, "g", { class: "at" }), lines = [];
    curves.forEach((points, model) => {
      if (!points.length) return;
      const nearest = points.reduce((one, other) => Math.abs(x(other.cost) - at) < Math.abs(x(one.cost) - at) ? other : one);
      add(marks, "circle", { class: `model-${model % COLOURS}`, cx: x(nearest.cost), cy: y(nearest.quality), r: 4 });
      lines.push(`${data.models[model]}, step ${grouped(nearest.step)}: ${shown(nearest.quality)}`);
    });
    svg.dataset.tip = lines.join("\n");
  }

  function choose(code) {
    if (!chosen.includes(code)) chosen.push(code);
    draw();
  }

  language.addEventListener("change", () => {
    choose(language.value === "mean" ? MEAN : language.value);
    language.selectedIndex = 0;
  });
  chips.addEventListener("click", (event) => {
    const chip = event.target.closest("button");
    if (!chip) return;
    chosen = chosen.filter((code) => code !== chip.dataset.code);
    if (!chosen.length) chosen = [MEAN];
    draw();
  });
  unit.addEventListener("change", draw);
  let width = innerWidth;
  addEventListener("resize", () => { if (width !== (width = innerWidth)) draw(); });
  draw();

  byId("table").tBodies[0].addEventListener("click", (event) => {
    if (!event.target.closest(".name")) return;
    choose(event.target.closest("tr").dataset.code);
    byId("curves").scrollIntoView({ block: "center" });
  });
})();
