"""JSON lines: texts by language, at the top or as `translation` (Hugging Face `datasets`)."""

import json
from collections.abc import Iterator
from typing import Any

from langs import registry
from pipeline.files.lines import text_lines
from pipeline.translation.bitext.readers.rows import (
    LONGEST_TEXT_BYTES,
    Read,
    Row,
    Source,
    split_named,
)


def rows(source: Source, read: Read) -> Iterator[Row]:
    """The rows of a file; what is no object with texts of two languages is malformed.

    Keys are codes or tags (`en`, `en-US`, `eng_Latn`); other keys and values are passed over.
    """
    for line in text_lines(source.name, read, LONGEST_TEXT_BYTES):
        if line is None:
            yield Row(dict.fromkeys(source.languages))
        elif line.strip():
            yield _row(source, line)


def _row(source: Source, line: str) -> Row:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        values = None
    texts = _texts(values, source)
    if len(texts) < 2:
        return Row(dict.fromkeys(source.languages), is_malformed=True)
    name = values.get("split")
    return Row(texts, split_named(name, source.name) if isinstance(name, str) else source.split)


def _texts(values: Any, source: Source) -> dict[str, str | None]:
    if not isinstance(values, dict):
        return {}
    held = values.get("translation")
    texts: dict[str, str | None] = {}
    for key, text in (held if isinstance(held, dict) else values).items():
        code = registry.of_tag(key)
        if code and isinstance(text, str) and (code in source.languages or not source.languages):
            texts.setdefault(code, text)
    return texts
