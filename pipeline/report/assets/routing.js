"use strict";
(() => {
  const holder = document.getElementById("routing-data");
  if (!holder) return;
  const { names, models } = JSON.parse(holder.textContent);
  const byId = (id) => document.getElementById("routing-" + id);
  const choice = { model: byId("model"), router: byId("router") };
  const LANGUAGES = 4, SHARED = 0.05; // of an expert in the table: so many, with this share of their tokens
  const COLUMN = 9.5, LEFT = 64, RIGHT = 70, TREE = 54, CODES = 44, BARS = 30;
  const percent = (share) => (100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0) + "\u00a0%";
  const unpack = (text) => Array.from({ length: text.length / 2 }, (_, place) => parseInt(text.slice(2 * place, 2 * place + 2), 36) / 1000);
  const strength = (share, most) => Math.sqrt(share / most).toFixed(3); // so that small shares are seen too

  let model, router, shares;

  function chooseModel() {
    model = models[choice.model.value];
    choice.router.replaceChildren();
    model.routers.forEach((one, number) => add(choice.router, "option", { value: number }, one.router));
    choice.router.value = model.first;
    draw();
  }

  function draw() {
    router = model.routers[choice.router.value];
    shares = router.shares.map(unpack);
    const most = Math.max(...shares.flat(), 0.001);
    heatmap(most);
    legend(most);
    const left = model.experts - router.experts.length;
    byId("note").textContent = (left ? `The ${router.experts.length} most used of ${model.experts} experts. ` : "")
      + "Bars on the right: load, the share of all tokens (dashed, an even share). Bars below: how many experts a language uses (effective number)"
      + (router.dropped.some(Boolean) ? ", and the share of its tokens that is dropped." : "; no token is dropped.");
    experts();
    languages();
  }

  function heatmap(most) {
    const rows = router.experts.length, count = model.languages.length;
    const column = Math.max(COLUMN, 1000 / count), height = rows > 64 ? 8 : rows > 24 ? 11 : 16;
    const right = LEFT + column * count, bottom = TREE + height * rows, x = (place) => LEFT + column * (place + 0.5);
    const strips = [["effective experts", router.effective, (v) => v.toFixed(1)]];
    if (router.dropped.some(Boolean)) strips.push(["dropped", router.dropped, percent]);
    const whole = bottom + CODES + strips.length * (BARS + 8) + 4;
    byId("heatmap").replaceChildren();
    const svg = add(byId("heatmap"), "svg", { class: "figure heatmap", viewBox: `0 0 ${right + RIGHT} ${whole}`, role: "img",
      "aria-label": `Share of each language’s tokens by expert, ${router.router}` });
    tree(svg, x);
    add(svg, "rect", { class: "ground", x: LEFT, y: TREE, width: right - LEFT, height: bottom - TREE });
    router.experts.forEach((expert, row) => {
      const y = TREE + row * height;
      shares[row].forEach((share, place) => add(svg, "rect", { class: "cell", x: LEFT + column * place, y, width: column, height,
        "fill-opacity": strength(share, most), "data-tip": cellTip(expert, row, place) }));
      if (height > 10 || row % 4 === 0) add(svg, "text", { class: "end", x: LEFT - 6, y: y + height / 2 + 4 }, rows === 1 ? "expert" : `${expert}`);
    });
    add(svg, "text", { class: "axis-title end", x: LEFT - 6, y: TREE - 5 }, "expert");
    load(svg, right + 8, height, bottom);
    model.languages.forEach((code, place) => add(svg, "text", { class: "code end", transform: `translate(${x(place) + 3} ${bottom + 6}) rotate(-90)` }, code));
    strips.forEach(([title, values, show], number) => strip(svg, title, values, show, x, column, bottom + CODES + number * (BARS + 8)));
  }

  function cellTip(expert, row, place) {
    const code = model.languages[place], share = shares[row][place], lift = share / router.load[row];
    return `${names[code]} (${code}), expert ${expert}\n${percent(share)} of its tokens, ${lift.toFixed(1)}× the mean\n`
      + `uses ${router.effective[place].toFixed(1)} experts, ${percent(router.dropped[place])} dropped`;
  }

  // Brackets from the joined nodes up to the distance at which they join.
  function tree(svg, x) {
    const nodes = model.languages.map((_, place) => ({ x: x(place), y: TREE - 4 }));
    const most = Math.max(...model.merges.map((merge) => merge[2]), 1e-9);
    for (const [a, b, distance] of model.merges) {
      const one = nodes[a], other = nodes[b], y = TREE - 4 - (TREE - 8) * distance / most;
      add(svg, "polyline", { class: "branch", points: `${one.x},${one.y} ${one.x},${y} ${other.x},${y} ${other.x},${other.y}`, "data-tip": `distance ${distance.toFixed(2)}` });
      nodes.push({ x: (one.x + other.x) / 2, y });
    }
  }

  function load(svg, left, height, bottom) {
    const room = RIGHT - 12, most = Math.max(...router.load), even = left + room / model.experts / most;
    router.load.forEach((share, row) => add(svg, "rect", { class: "bar", x: left, y: TREE + row * height + 1, width: room * share / most, height: height - 2,
      "data-tip": `expert ${router.experts[row]}\n${percent(share)} of all tokens` }));
    if (even < left + room) add(svg, "line", { class: "even", x1: even, x2: even, y1: TREE, y2: bottom });
    add(svg, "text", { class: "axis-title", x: left, y: TREE - 5 }, "load");
  }

  function strip(svg, title, values, show, x, column, top) {
    const most = Math.max(...values) || 1;
    add(svg, "text", { class: "end", x: LEFT - 6, y: top + BARS - 14 }, title.split(" ")[0]);
    if (title.includes(" ")) add(svg, "text", { class: "end", x: LEFT - 6, y: top + BARS - 2 }, title.split(" ")[1]);
    values.forEach((value, place) => add(svg, "rect", { class: "bar", x: x(place) - column / 2 + 1, width: column - 2, y: top + BARS * (1 - value / most), height: BARS * value / most,
      "data-tip": `${names[model.languages[place]]}\n${title} ${show(value)}` }));
    add(svg, "text", { x: x(values.length - 0.4), y: top + 9 }, show(most));
  }

  function legend(most) {
    byId("legend").replaceChildren("0\u00a0%");
    const svg = add(byId("legend"), "svg", { class: "heatmap", viewBox: "0 0 120 12", "aria-hidden": "true" });
    add(svg, "rect", { class: "ground", width: 120, height: 12 });
    for (let step = 0; step < 24; step++) add(svg, "rect", { class: "cell", x: 5 * step, width: 5, height: 12, "fill-opacity": strength(step / 23, 1) });
    byId("legend").append(percent(most));
  }

  function experts() {
    const body = byId("experts").tBodies[0];
    body.replaceChildren();
    router.experts.map((expert, row) => [expert, row]).sort((a, b) => router.load[b[1]] - router.load[a[1]]).forEach(([expert, row]) => {
      const line = add(body, "tr");
      add(line, "th", { scope: "row" }, expert);
      add(line, "td", { class: "number" }, percent(router.load[row]));
      const users = shares[row].map((share, place) => [share, place]).filter((one) => one[0] >= SHARED).sort((a, b) => b[0] - a[0]).slice(0, LANGUAGES);
      add(line, "td", {}, users.map(([share, place]) => `${names[model.languages[place]]}\u00a0${percent(share)}`).join(", ") || "–");
      const cell = add(line, "td");
      for (const [piece, share, tokens] of router.liked[row]) add(cell, "bdi", { class: "piece", "data-tip": `${share / 10} % of ${tokens} tokens` }, piece);
    });
  }

  function languages() {
    const body = byId("languages").tBodies[0];
    body.replaceChildren();
    model.languages.forEach((code, place) => {
      const line = add(body, "tr"), near = model.nearest[place];
      const cell = (name, value, text, attributes = {}) => add(line, name, { "data-value": value, ...attributes }, text);
      cell("th", names[code], names[code], { scope: "row" });
      cell("td", router.effective[place], router.effective[place].toFixed(1), { class: "number" });
      cell("td", router.dropped[place], percent(router.dropped[place]), { class: "number" });
      add(line, "td", {}, near.map(([other, distance]) => `${names[other]}\u00a0${distance.toFixed(2)}`).join(", ") || "–");
    });
    const head = byId("languages").tHead.querySelector("[aria-sort]");
    if (head) sort(head, head.ariaSort === "descending");
  }

  function sort(head, down) {
    const body = byId("languages").tBodies[0], sign = down ? -1 : 1;
    for (const one of byId("languages").tHead.querySelectorAll("[aria-sort]")) one.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (row) => row.cells[head.cellIndex].dataset.value;
    const compare = head.classList.contains("number") ? (a, b) => value(a) - value(b) : (a, b) => value(a).localeCompare(value(b));
    body.append(...[...body.rows].sort((a, b) => sign * compare(a, b)));
  }

  byId("languages").tHead.addEventListener("click", (event) => {
    const head = event.target.closest("button")?.closest("th");
    if (head) sort(head, head.ariaSort ? head.ariaSort === "ascending" : head.classList.contains("number"));
  });
  choice.model.addEventListener("change", chooseModel);
  choice.router.addEventListener("change", draw);
  chooseModel();
})();
