"""The data card of a corpus, `README.md`: what is in it, how it was made, how to load it.

Its head is the metadata by which Hugging Face `datasets` finds the languages and splits. The card
depends on documents and settings alone, so that the same corpus has the same card.
"""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from langs import registry
from pipeline.corpus import documents
from pipeline.corpus.config import CorpusConfig
from pipeline.stages.settings import settings_of

NAME = "README.md"
_EXAMPLE_LANGUAGES = 5
_EXAMPLE_CHARACTERS = 300
_INTRODUCTION = """
# Web text in {languages} languages

{documents:,} documents, {megabytes:,.1f} MB of text, made by `mswitch corpus`. Each has `text`,
`url`, `timestamp` (null if not known), `language` (mC4's code), `language_probability` and `id`,
which they are in the order of. `statistics.json` holds the figures of this page, `_SUCCESS.json`
the input files, `rejected/` every record that could not be read, with its place and the reason,
and `removed/` examples of what each filter removed.

## Loading

    from datasets import load_dataset
    data = load_dataset("path/of/this/folder", "{code}")

    import duckdb
    documents = "path/of/this/folder/documents/*/*{ending}"
    duckdb.sql(f"SELECT language, count(*) FROM '{{documents}}' GROUP BY language")

## Licences

The texts belong to their authors; mswitch grants no rights to them. For pages of Common Crawl its
[terms of use](https://commoncrawl.org/terms-of-use) apply. Filters make personal data, copies and
harmful text rarer, not absent. Who passes this corpus on should say where its input came from.
""".strip()


def text(folder: Path, statistics: Mapping[str, Any], config: CorpusConfig) -> str:
    """The card of the corpus in `folder` with the content of its `statistics.json`."""
    counts = statistics["languages"]
    total = {code: _sum(splits) for code, splits in counts.items()}
    largest = sorted(total, key=lambda code: (-total[code]["documents"], code))
    ending = documents.FORMATS[config.output_format]
    introduction = _INTRODUCTION.format(
        languages=len(counts),
        documents=sum(each["documents"] for each in total.values()),
        megabytes=sum(each["bytes"] for each in total.values()) / 1e6,
        code=largest[0],
        ending=ending,
    )
    sections = [
        f"---\n{_metadata(counts, ending)}---",
        introduction,
        "## Languages",
        _table(_language_rows(counts)),
        "## Where the pages went",
        _table(_funnel_rows(statistics["funnel"])),
        "## Examples",
        *_examples(folder, largest[:_EXAMPLE_LANGUAGES]),
        "## Settings",
        "Sources in brackets; docs/corpus.md of mswitch says more.",
        _table(_setting_rows(config)),
    ]
    return "\n\n".join(sections) + "\n"


def _sum(splits: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(split[name] for split in splits.values()) for name in ("documents", "bytes")}


def _metadata(counts: Mapping[str, Mapping[str, Mapping[str, int]]], ending: str) -> str:
    """Dataset metadata of the Hugging Face Hub; splits without documents would not load."""
    configs = [
        {
            "config_name": code,
            "data_files": [
                {"split": split, "path": f"{documents.FOLDER}/{code}/{split}-*{ending}"}
                for split, measures in splits.items()
                if measures["documents"]
            ],
        }
        for code, splits in counts.items()
    ]
    content = {
        "language": sorted({registry.iso_639(code) for code in counts}),
        "license": "other",
        "task_categories": ["text-generation"],
        "configs": configs,
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _table(rows: Iterator[Sequence[object]]) -> str:
    """A Markdown table; the first row is its head."""
    lines = ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * (lines[0].count(" | ") + 1))
    return "\n".join(lines)


def _cell(value: object) -> str:
    shown = f"{value:,}" if isinstance(value, int) else str(value)
    return shown.replace("|", "\\|")


def _language_rows(
    counts: Mapping[str, Mapping[str, Mapping[str, int]]],
) -> Iterator[Sequence[object]]:
    measures = ("documents", "lines", "characters", "bytes")
    yield ("code", "language", *(f"{name}, train" for name in measures), "documents, validation")
    for code, splits in counts.items():
        train = [splits["train"][name] for name in measures]
        yield code, registry.get(code).name, *train, splits["validation"]["documents"]


def _funnel_rows(funnel: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[object]]:
    yield "filter", "pages in", "pages out", "why they went"
    for step in funnel:
        reasons = ", ".join(f"{name} {count:,}" for name, count in step["reasons"].items())
        yield step["filter"], step["pages_in"], step["pages_out"], reasons


def _examples(folder: Path, codes: Sequence[str]) -> Iterator[str]:
    """The first document of each language, its start."""
    for code in codes:
        texts = itertools.chain.from_iterable(
            map(documents.read_documents, documents.files(folder, code))
        )
        document = next(texts)
        cut = document["text"][:_EXAMPLE_CHARACTERS]
        shown = cut + (" ..." if len(document["text"]) > len(cut) else "")
        yield f"{registry.get(code).name} (`{code}`), id `{document['id']}`:"
        yield "\n".join(f"    {line}" for line in shown.split("\n"))


def _setting_rows(config: CorpusConfig) -> Iterator[Sequence[object]]:
    """The settings that decide on the documents, with their meaning."""
    yield "setting", "value", "meaning", "group"
    for name, about in settings_of(config):
        if about.changes_output:
            value = json.dumps(getattr(config, name), ensure_ascii=False)
            yield f"`{name}`", f"`{value}`", about.help, about.group
