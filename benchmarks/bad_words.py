"""Share of clean pages that C4's rule on bad words removes, by language.

    python benchmarks/bad_words.py --text FOLDER/*.txt.xz [--lines 25] [--json FILE]

Each file is clean text in the language that its name starts with (`fa.txt.xz`), a sentence a line;
`--lines` of them in a row make a page. Languages without a list are left out. For each language:
pages, share removed, and the entries that most of the removed pages hold.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.corpus.rules.badwords import bad_words
from pipeline.files.lines import text_lines
from pipeline.show.table import aligned

_SHOWN = 3  # entries


def pages(path: Path, lines: int) -> Iterator[str]:
    """The text of a file in pages of so many lines; what is left at the end makes none."""
    page: list[str] = []
    for line in text_lines(str(path)):
        page.append(line or "")
        if len(page) == lines:
            yield "\n".join(page)
            page.clear()


def measured(path: Path, lines: int) -> dict[str, Any]:
    """Pages of a file, the share with a bad word, and its frequent entries with their pages."""
    language = path.name.partition(".")[0]
    found = [bad_words(page, language) for page in pages(path, lines)]
    entries = Counter(entry for words in found for entry in words)
    removed = sum(map(bool, found))
    return {
        "language": language,
        "pages": len(found),
        "removed": removed,
        "share": removed / max(len(found), 1),
        "entries": dict(entries.most_common(_SHOWN)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--text", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--lines", type=int, default=25, help="lines of a page")
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    rows = [measured(path, arguments.lines) for path in sorted(arguments.text)]
    rows = sorted((row for row in rows if row["removed"]), key=lambda row: -row["share"])
    table = [["language", "pages", "removed", "entries (pages)"]]
    for row in rows:
        entries = ", ".join(f"{entry} ({count})" for entry, count in row["entries"].items())
        table.append([row["language"], f"{row['pages']:,}", f"{row['share']:.1%}", entries])
    print(aligned(table))
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
