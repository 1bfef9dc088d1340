"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const tip = byId("tip");

  // ---- table ----
  const table = byId("table"), body = table.tBodies[0], rows = [...body.rows];
  table.tHead.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const head = button.closest("th"), column = head.cellIndex, before = head.getAttribute("aria-sort");
    const down = before ? before === "ascending" : head.classList.contains("number");
    for (const one of table.tHead.querySelectorAll("[aria-sort]")) one.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    sort(column, head.classList.contains("number"), down ? -1 : 1);
  });
  // Cells without a value (not reached, unknown) stay at the end either way.
  function sort(column, numeric, sign) {
    const value = (row) => row.cells[column].dataset.value;
    rows.sort((one, other) => {
      const a = value(one), b = value(other);
      if (a === "" || b === "") return (a === "") - (b === "");
      return sign * (numeric ? a - b : a.localeCompare(b));
    });
    body.append(...rows);
  }
  byId("measure").addEventListener("change", (event) => { table.dataset.shows = event.target.value; });
  byId("search").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) row.hidden = !words.every((word) => row.dataset.search.includes(word));
    const left = rows.filter((row) => !row.hidden).length;
    const found = byId("found"), things = found.dataset.things || "languages";
    found.textContent = left === rows.length ? `${left} ${things}` : `${left} of ${rows.length} ${things}`;
  });

  // ---- paper has no folds ----
  addEventListener("beforeprint", () => { for (const fold of document.querySelectorAll("details")) fold.open = true; });

  // ---- details under the pointer ----
  for (const name of ["pointerover", "pointermove"]) document.addEventListener(name, (event) => {
    const holder = event.target.closest?.("[data-tip]");
    tip.hidden = !holder;
    if (!holder) return;
    tip.textContent = holder.dataset.tip;
    tip.style.left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + "px";
  });
})();
