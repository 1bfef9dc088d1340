"""What a visitor sees: a page with a script of ours in a real headless Chromium."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --window-size=500,900 "
    "--virtual-time-budget=2000 --dump-dom"
)
WATCH = """<script>
window.errors = [];
addEventListener("error", (event) => errors.push(event.message));
for (const name of ["error", "warn"]) console[name] = (...words) => errors.push(words.join(" "));
</script>"""
TOOLS = """
const by = (selector) => document.querySelector(selector);
const codes = () => [...document.querySelectorAll("#table tbody tr")]
  .filter((row) => !row.hidden).map((row) => row.dataset.code);
const set = (selector, value, event) => {
  by(selector).value = value; by(selector).dispatchEvent(new Event(event));
};
const type = (text) => set("#search", text, "input");
const columns = () => [...document.querySelectorAll("#table thead th")]
  .filter((head) => head.offsetParent).map((head) => head.textContent);
const texts = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent);
const chips = () => texts("#chosen button").map((text) => text.replace(" ×", ""));
const captions = () => texts("#charts figcaption");
const hover = (selector, across = 0.5) => {
  const one = by(selector), box = one.getBoundingClientRect();
  one.dispatchEvent(new PointerEvent("pointermove", {
    bubbles: true, clientX: box.left + box.width * across, clientY: box.top + box.height / 2,
  }));
  return one.dataset.tip;
};
const seen = { overflow: document.documentElement.scrollWidth - innerWidth };
"""


def visit(page: str, script: str, folder: Path) -> dict[str, Any]:
    """Open a page in a narrow window and run `script`, which fills `seen`; errors go there too."""
    ending = (
        f'<script>addEventListener("load", () => {{{TOOLS}{script}'
        'seen.errors = errors; document.body.innerHTML = "";'
        'document.body.textContent = "SEEN" + JSON.stringify(seen) + "END"; });</script></body>'
    )
    page = page.replace("<head>", "<head>" + WATCH, 1).replace("</body>", ending)
    (folder / "page.html").write_text(page, encoding="utf-8")
    command = [str(CHROMIUM), *FLAGS.split(), f"--user-data-dir={folder / 'profile'}"]
    command.append((folder / "page.html").as_uri())
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = re.search("SEEN(.*)END", done.stdout)
    assert found, done.stdout[-2000:]
    return json.loads(html.unescape(found[1]))
