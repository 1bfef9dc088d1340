"use strict";
const by = (id) => document.getElementById(id);
const languages = new Map();

const note = (text, wrong = false) => {
  by("note").textContent = text;
  by("note").classList.toggle("wrong", wrong);
};

const fill = (select, choices, chosen) => {
  for (const { code, name, own_name } of choices) {
    select.add(new Option(name === own_name ? name : `${name} · ${own_name}`, code));
  }
  select.value = chosen;
  select.hidden = select.options.length === 0;
  document.querySelector(`label[for=${select.id}]`).hidden = select.hidden;
};

const dress = (element, code) => {
  if (!languages.has(code)) return;
  element.lang = code;
  element.dir = languages.get(code).direction;
};

const dressed = () => {
  dress(by("text"), by("source").value);
  dress(by("translation"), by("target").value);
  by("swap").disabled = ![...by("target").options].some((o) => o.value === by("source").value);
};

const ask = async (path, options) => {
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => ({ error: `the server answers ${response.status}` }));
  if (!response.ok) throw new Error(answer.error);
  return answer;
};

const translate = async (event) => {
  event.preventDefault();
  const asked = { text: by("text").value };
  for (const name of ["source", "target"]) if (by(name).value) asked[name] = by(name).value;
  const submit = document.querySelector("[type=submit]");
  submit.disabled = true;
  by("translation").classList.add("old");
  note("Translating …");
  const started = performance.now();
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await ask("translate", { method: "POST", headers, body: JSON.stringify(asked) });
    by("translation").textContent = answer.translation;
    by("translation").classList.remove("old");
    by("copy").disabled = answer.translation === "";
    note(`${((performance.now() - started) / 1000).toFixed(1)} s`);
  } catch (error) {
    note(error.message, true);
  }
  submit.disabled = false;
};

const swap = () => {
  [by("source").value, by("target").value] = [by("target").value, by("source").value];
  if (by("translation").textContent) by("text").value = by("translation").textContent;
  by("translation").textContent = "";
  dressed();
};

const start = async () => {
  try {
    const known = await ask("languages");
    for (const language of [...known.sources, ...known.targets]) languages.set(language.code, language);
    fill(by("source"), known.sources, known.source);
    fill(by("target"), known.targets, known.target);
    by("swap").hidden = known.targets.length === 0;
    dressed();
  } catch (error) {
    note(error.message, true);
  }
};

by("form").addEventListener("submit", translate);
by("source").addEventListener("change", dressed);
by("target").addEventListener("change", dressed);
by("swap").addEventListener("click", swap);
by("copy").addEventListener("click", () => navigator.clipboard.writeText(by("translation").textContent));
by("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) by("form").requestSubmit();
});
start();
