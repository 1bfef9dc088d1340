"""Examples of what each rule removed, for people to look at (`mswitch corpus inspect`).

Of all that a rule removed, those with the smallest hashes are kept: the same ones whatever the
order of pages and the number of workers, and few enough that no corpus makes them large.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from langs.errors import InputError
from langs.identify import Identifier
from pipeline.corpus.cleaning_config import Cleaning
from pipeline.corpus.rules.personal_data import mask
from pipeline.stages import folders

FOLDER = "removed"

_EXAMPLES = 20  # of each key
_PAGE_CHARACTERS = 1000  # kept of a text

Key = tuple[str, str, str]
"""Filter ("lines" for lines), reason, and language of an example, "" if not known yet."""


class Example(NamedTuple):
    """A page or line that was removed."""

    digest: str  # of what follows: decides which examples are kept
    url: str
    text: str  # of a page its beginning
    detail: str  # why, beyond the reason


class Sample:
    """Collects examples of one input file."""

    def __init__(self) -> None:
        self._kept: dict[Key, list[Example]] = {}
        self._largest: dict[Key, str] = {}  # digest of the worst example of a full list

    def add(
        self, name: str, reason: str, url: str, text: str, language: str = "", detail: str = ""
    ) -> None:
        """See one page (or line) that the filter `name` removed."""
        key, start = (name, reason, language), text[:_PAGE_CHARACTERS]
        value = f"{url}\n{start}".encode("utf-8", "replace")
        digest = hashlib.md5(value, usedforsecurity=False).hexdigest()
        if digest >= self._largest.get(key, "g"):
            return
        kept = self._kept.setdefault(key, [])
        kept.append(Example(digest, url, start, detail))
        if len(kept) >= 2 * _EXAMPLES:
            self._kept[key] = smallest([kept])
            self._largest[key] = self._kept[key][-1].digest

    def examples(self) -> list[tuple[Key, list[Example]]]:
        """The examples by key, sorted."""
        return [(key, smallest([kept])) for key, kept in sorted(self._kept.items())]


def smallest(lists: Iterable[Iterable[Example]]) -> list[Example]:
    """The 20 distinct examples with the smallest digests, sorted."""
    every = {Example(*example) for example in itertools.chain.from_iterable(lists)}
    return sorted(every)[:_EXAMPLES]


def from_json(content: Iterable[Any]) -> list[tuple[Key, list[Example]]]:
    """Examples by key as JSON gives them back."""
    return [(tuple(key), [Example(*each) for each in some]) for key, some in content]


def masked(
    examples: Iterable[tuple[Key, list[Example]]], config: Cleaning
) -> list[tuple[Key, list[Example]]]:
    """The examples with personal data masked as in the documents."""
    return [
        (key, [each._replace(text=mask(each.text, config)[0]) for each in kept])
        for key, kept in examples
    ]


def write(
    folder: Path, examples: Iterable[tuple[Key, list[Example]]], identify: Identifier
) -> None:
    """Write `removed/<filter>.jsonl`; pages whose language is not known are identified now.

    Lines are in no language of their own. OSErrors pass up.
    """
    rows: dict[str, list[str]] = {}
    for (name, reason, language), kept in sorted(examples):
        for example in kept:
            code = language or (identify(example.text)[0] if name != "lines" else None)
            row = {"reason": reason, "detail": example.detail, "language": code}
            row |= {"url": example.url, "text": example.text}
            rows.setdefault(name, []).append(json.dumps(row, ensure_ascii=False) + "\n")
    (folder / FOLDER).mkdir()
    for name, lines in rows.items():
        folders.write_text(folder / FOLDER / f"{name}.jsonl", "".join(lines))


def read(corpus: Path, rule: str) -> Iterator[Mapping[str, str]]:
    """Examples of what a filter or reason called `rule` removed, each with its `filter`.

    Raises InputError if nothing was removed by that name.
    """
    names = []
    is_known = False
    for path in sorted((corpus / FOLDER).glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            row = {"filter": path.stem, **json.loads(line)}
            names += [row["filter"], row["reason"]]
            if rule in (row["filter"], row["reason"]):
                is_known = True
                yield row
    if not is_known:
        known = ", ".join(dict.fromkeys(names)) or "nothing was removed"
        raise InputError(f"no page or line was removed by {rule!r}; use one of: {known}")
