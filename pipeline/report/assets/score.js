"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const direction = byId("direction");
  const show = () => {
    for (const one of document.querySelectorAll("[data-direction]")) one.hidden = one.dataset.direction !== direction.value;
  };
  direction.addEventListener("change", show);
  byId("table").tBodies[0].addEventListener("click", (event) => {
    if (!event.target.closest(".name")) return;
    direction.value = event.target.closest("tr").dataset.code;
    show();
    byId("examples").scrollIntoView({ block: "start" });
  });
})();
