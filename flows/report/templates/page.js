"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const all = (query, from = document) => Array.from(from.querySelectorAll(query));

  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = getComputedStyle(root).getPropertyValue("--dark").trim() === "1";
    root.dataset.theme = dark ? "light" : "dark";
  });

  // One document at a time.
  const leaves = all(".leaf");
  const choose = byId("choose");
  let current = 0;
  const open = (index) => {
    current = (index + leaves.length) % leaves.length;
    leaves.forEach((leaf, at) => { leaf.hidden = at !== current; });
    choose.value = String(current);
  };
  if (leaves.length) {
    choose.addEventListener("change", () => open(Number(choose.value)));
    byId("previous").addEventListener("click", () => open(current - 1));
    byId("next").addEventListener("click", () => open(current + 1));
    document.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      if (event.target.closest("input, select, textarea")) return;
      const box = byId("documents").getBoundingClientRect();
      if (box.bottom < 0 || box.top > window.innerHeight) return;
      if (event.key === "ArrowLeft") open(current - 1);
      if (event.key === "ArrowRight") open(current + 1);
    });
  }

  // A link to a text moves there and back without leaving entries in the history.
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".links a");
    const target = link && byId(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    all(".pointed").forEach((element) => element.classList.remove("pointed"));
    void target.offsetWidth;
    target.classList.add("pointed");
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    target.scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "center" });
  });

  // The matrices at one moment of the training.
  const slider = byId("moment");
  if (!slider) return;
  const steps = slider.dataset.steps.split(" ");
  const cells = all(".grid i").map((cell) => [cell, cell.dataset.shades.trim().split(" ")]);
  const aucs = all("[data-aucs]").map((output) => [output, output.dataset.aucs.split(" ")]);
  const show = () => {
    const at = Number(slider.value);
    byId("step").value = steps[at];
    cells.forEach(([cell, shades]) => cell.style.setProperty("--s", `${shades[at]}%`));
    aucs.forEach(([output, values]) => { output.value = Number(values[at]).toFixed(0); });
  };
  slider.addEventListener("input", show);
  let timer = 0;
  byId("play").addEventListener("click", () => {
    window.clearInterval(timer);
    slider.value = "0";
    show();
    timer = window.setInterval(() => {
      slider.value = String(Number(slider.value) + 1);
      show();
      if (slider.value === slider.max) window.clearInterval(timer);
    }, 900);
  });
  all(".matrix").forEach((matrix) => {
    const texts = all(".columns li", matrix).map((item) => item.textContent);
    const readout = matrix.querySelector(".readout");
    const read = (event) => {
      const cell = event.target.closest("i[data-column]");
      if (cell) readout.textContent = texts[Number(cell.dataset.column)];
    };
    matrix.addEventListener("pointerover", read);
    matrix.addEventListener("click", read);
  });
})();
