"""Pages that hold text of evaluation sets (as GPT-3, arXiv 2005.14165, appendix C).

Each line of a .txt file, each field of a .tsv file and each string in a line of a .jsonl file is an
example. It is found on a page by its runs of 13 words (`tokens`: 26 or 39 letters where words are
not separated); examples with fewer words cannot be told from chance and are left out.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from langs.errors import InputError
from pipeline.corpus.cleaning_config import Cleaning
from pipeline.corpus.duplicates.words import Hashes, runs, tokens
from pipeline.files.lines import setting_lines


@dataclass(frozen=True)
class _Runs:
    """The runs of one length of all examples, sorted by hash."""

    hashes: Hashes
    examples: NDArray[np.uint32]  # whose run it is


@dataclass(frozen=True)
class Found:
    """An example on a page."""

    name: str  # of its file
    line: int  # in it, from 1
    share: float  # of its runs that the page has


class EvaluationSets:
    """The examples of all files. Raises InputError for a file that is missing or damaged."""

    def __init__(self, config: Cleaning) -> None:
        self._least = config.max_evaluation_share
        self._words = config.evaluation_run_words
        self._places, self._sizes, self._runs = _index(tuple(config.evaluation_files), self._words)

    def find(self, text: str) -> Found | None:
        """The example of which most is on the page, if it is more than is allowed."""
        best: Found | None = None
        found = tokens(text) if self._runs else None
        for length, known in self._runs.items():
            assert found is not None
            if length > self._words and not found.letters:
                continue  # examples of letters only
            page = np.unique(runs(found.hashes, length))
            first = np.searchsorted(known.hashes, page)
            last = np.searchsorted(known.hashes, page, side="right")
            both = last > first
            if not both.any():
                continue
            rows = [np.arange(*span) for span in zip(first[both], last[both], strict=True)]
            examples, counts = np.unique(known.examples[np.concatenate(rows)], return_counts=True)
            shares = counts / self._sizes[examples]
            top = int(shares.argmax())
            if shares[top] > self._least and (best is None or shares[top] > best.share):
                name, line = self._places[examples[top]]
                best = Found(name, line, float(shares[top]))
        return best


@lru_cache(maxsize=2)
def _index(
    files: tuple[str, ...], words: int
) -> tuple[list[tuple[str, int]], NDArray[np.intp], dict[int, _Runs]]:
    """Place of each example, its number of runs, and the runs by their length."""
    places: list[tuple[str, int]] = []
    sizes: list[int] = []
    by_length: defaultdict[int, list[Hashes]] = defaultdict(list)
    owners: defaultdict[int, list[NDArray[np.uint32]]] = defaultdict(list)
    for path in files:
        for line, text in _examples(path):
            found = tokens(text)
            length = found.run_length(words)
            hashes = np.unique(runs(found.hashes, length))
            if len(hashes):
                by_length[length].append(hashes)
                owners[length].append(np.full(len(hashes), len(places), np.uint32))
                places.append((PurePath(path).name, line))
                sizes.append(len(hashes))
    joined = {length: _sorted(by_length[length], owners[length]) for length in by_length}
    return places, np.array(sizes, np.intp), joined


def _sorted(hashes: list[Hashes], owners: list[NDArray[np.uint32]]) -> _Runs:
    values, examples = np.concatenate(hashes), np.concatenate(owners)
    order = np.lexsort((examples, values))
    return _Runs(values[order], examples[order])


def _examples(path: str) -> Iterator[tuple[int, str]]:
    """Line number and text of each example."""
    kind = [suffix for suffix in PurePath(path).suffixes if suffix not in (".gz", ".zst")][-1:]
    for number, line in enumerate(setting_lines("evaluation_files", path), 1):
        if kind == [".tsv"]:
            yield from ((number, field) for field in line.split("\t"))
        elif kind == [".jsonl"]:
            yield from ((number, text) for text in _strings(_parsed(path, number, line)))
        else:
            yield number, line


def _parsed(path: str, number: int, line: str) -> Any:
    try:
        return json.loads(line) if line.strip() else None
    except ValueError as error:
        raise InputError(f"evaluation_files: {path}: line {number} is not JSON: {error}") from error


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
