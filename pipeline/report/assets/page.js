"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const language = byId("language"), unit = byId("unit"), chart = byId("chart");
  const RATIO = { steps: "step_speedup", seconds: "time_speedup", flops: "flop_speedup" };
  const LABEL = { baseline: "dense", model: "Switch" };
  const SIDES = ["baseline", "model"];

  // ---- learning curves ----
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
  const element = (name, attributes, parent, text) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const pointsOf = (entry, side) => entry.curve[side]
    .map((quality, index) => ({ cost: data.validations[side][unit.value][index], quality, step: data.validations[side].steps[index] }))
    .filter((point) => point.quality !== null);

  function draw() {
    const entry = language.value ? data.languages[language.value] : data.mean;
    const curves = Object.fromEntries(SIDES.map((side) => [side, pointsOf(entry, side)]));
    const every = [...curves.baseline, ...curves.model];
    chart.replaceChildren();
    if (!every.length) { byId("chart-note").textContent = "No validation has all languages."; return; }
    const width = Math.max(chart.clientWidth, 280), height = 300;
    const box = { left: 46, right: width - 52, top: 28, bottom: height - 26 };
    let low = Math.min(...every.map((p) => p.quality)), high = Math.max(...every.map((p) => p.quality));
    const room = (high - low) * 0.05 || 0.5;
    low -= room; high += room;
    const most = Math.max(...every.map((p) => p.cost)) || 1;
    const x = (cost) => box.left + cost / most * (box.right - box.left);
    const y = (quality) => box.bottom - (quality - low) / (high - low) * (box.bottom - box.top);
    const svg = element("svg", { viewBox: `0 0 ${width} ${height}` }, chart);
    element("text", { class: "axis-title", x: 0, y: 14 }, svg, "neg. log perplexity");
    const levels = ticks(low, high, 5);
    const digits = levels.length > 1 ? Math.max(0, -Math.floor(Math.log10(levels[1] - levels[0]) + 1e-9)) : 2;
    for (const value of levels) {
      element("line", { class: "grid", x1: box.left, x2: box.right, y1: y(value), y2: y(value) }, svg);
      element("text", { class: "end", x: box.left - 6, y: y(value) + 4 }, svg, value.toFixed(digits).replace("-", "−"));
    }
    for (const value of ticks(0, most, width < 420 ? 3 : 6))
      element("text", { class: "middle", x: x(value), y: box.bottom + 18 }, svg, short(value));
    mark(svg, entry, curves, x, y);
    for (const side of SIDES) series(svg, side, curves, x, y);
    note(entry);
  }

  function series(svg, side, curves, x, y) {
    const points = curves[side], last = points[points.length - 1];
    if (!last) return;
    element("polyline", { class: "curve " + side, points: points.map((p) => x(p.cost) + "," + y(p.quality)).join(" ") }, svg);
    for (const p of points)
      element("circle", { class: "point " + side, cx: x(p.cost), cy: y(p.quality), r: points.length > 60 ? 1.2 : 2.6,
        "data-tip": `${LABEL[side]}, step ${p.step}\n${p.quality.toFixed(3).replace("-", "−")}` }, svg);
    const other = curves[side === "model" ? "baseline" : "model"].at(-1);
    const lower = other && last.quality < other.quality;
    const close = other && Math.abs(y(last.quality) - y(other.quality)) < 14;
    element("text", { class: "series " + side, x: x(last.cost) + 6, y: y(last.quality) + 4 + (close ? (lower ? 8 : -6) : 0) }, svg, LABEL[side]);
  }

  // Dense's final quality, and where the Switch curve first comes to it.
  function mark(svg, entry, curves, x, y) {
    const end = curves.baseline.at(-1), ratio = entry[RATIO[unit.value]];
    if (!end) return;
    element("line", { class: "target", x1: x(0), x2: x(end.cost), y1: y(end.quality), y2: y(end.quality) }, svg);
    if (!ratio) return;
    const reached = x(end.cost / ratio);
    element("line", { class: "drop", x1: reached, x2: reached, y1: y(end.quality), y2: svg.viewBox.baseVal.height - 26 }, svg);
  }

  function note(entry) {
    const ratio = entry[RATIO[unit.value]], said = { steps: "steps", seconds: "time", flops: "FLOPs" }[unit.value];
    const text = { not_reached: "Switch does not reach dense’s final quality.", at_start: "Switch is at dense’s final quality from step 0." }[entry.status];
    const bound = entry.status === "by_first_validation" ? "at least " : "";
    byId("chart-note").textContent = text || (ratio ? `Switch reaches dense’s final quality (dashed) ${bound}${ratio.toFixed(2)}× as fast in ${said}.` : "");
  }

  language.addEventListener("change", draw);
  unit.addEventListener("change", draw);
  addEventListener("resize", draw);
  draw();

  byId("table").tBodies[0].addEventListener("click", (event) => {
    if (!event.target.closest(".name")) return;
    language.value = event.target.closest("tr").dataset.code;
    draw();
    byId("curves").scrollIntoView({ block: "center" });
  });
})();
