"""Documents of a corpus, and examples of what its rules removed, for people to look at."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from langs import registry
from langs.errors import InputError
from pipeline.corpus import documents
from pipeline.corpus.statistics import removed
from pipeline.stages import folders

Row = Mapping[str, Any]


def look(corpus: Path, language: str | None, rule: str | None, limit: int) -> list[Row]:
    """At most `limit` documents, or what `rule` removed, of one language or of all in turn.

    Raises InputError for a corpus that is missing or not finished, an unknown language or rule,
    a language without documents, and a `limit` under 1.
    """
    if limit < 1:
        raise InputError(f"--limit is {limit}: it must be at least 1")
    if language:
        registry.get(language)
    folders.read_summary(corpus)
    if rule:
        return list(itertools.islice(_removed(corpus, language, rule), limit))
    return list(itertools.islice(_documents(corpus, language), limit))


def _removed(corpus: Path, language: str | None, rule: str) -> Iterator[Row]:
    """The examples, those of each reason and language in turn."""
    rows = [row for row in removed.read(corpus, rule) if language in (None, row["language"])]
    groups: dict[tuple[str, str | None], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["reason"], row["language"]), []).append(row)
    yield from _in_turn(map(iter, groups.values()))


def _documents(corpus: Path, language: str | None) -> Iterator[Row]:
    """The documents, one of each language in turn."""
    codes = documents.languages(corpus)
    if language and language not in codes:
        raise InputError(f"{corpus} has no documents in {language!r}; it has {', '.join(codes)}")
    yield from _in_turn(_of_language(corpus, code) for code in ([language] if language else codes))


def _of_language(corpus: Path, language: str) -> Iterator[Row]:
    for path in documents.files(corpus, language):
        yield from documents.read_documents(path)


def _in_turn(sources: Any) -> Iterator[Row]:
    """One of each source, then a second one of each, and so on."""
    left: list[Iterator[Row]] = list(sources)
    while left:
        going = []
        for source in left:
            if (row := next(source, None)) is not None:
                yield row
                going.append(source)
        left = going


def describe(rows: Sequence[Row], rule: str | None, characters: int) -> str:
    """The rows as text: a line of facts on each, its URL, the first `characters` of its text."""
    if not rows:
        return f"no example of {rule} in this language was kept; try without --language"
    return "\n\n".join(_block(row, characters) for row in rows)


def _block(row: Row, characters: int) -> str:
    text = row["text"][:characters] + (" ..." if len(row["text"]) > characters else "")
    lines = [f"    {line}" for line in text.split("\n")]
    return "\n".join([_facts(row), row["url"], *lines])


def _facts(row: Row) -> str:
    if "filter" in row:
        where = "line" if row["filter"] == "lines" else "page"
        language = f" in {row['language']}" if row["language"] else ""
        detail = f" ({row['detail']})" if row["detail"] else ""
        return f"{where}{language} removed by {row['filter']}: {row['reason']}{detail}"
    counted = f"{len(row['text']):,} characters"
    date = row["timestamp"] or "no date"
    return f"{row['language']} ({row['language_probability']}), {counted}, {date}"
