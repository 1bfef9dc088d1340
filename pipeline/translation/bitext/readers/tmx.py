"""TMX 1.1 to 1.4: translation units, read as a stream and trusted in nothing.

Entities beyond XML's own five are refused, and so nothing can be fetched or blown up by them; a
document type without entities is passed over, as many real files name `tmx14.dtd`.
"""

from collections.abc import Iterator
from typing import NoReturn
from xml.parsers import expat

from langs import registry
from langs.errors import InputError
from pipeline.files.sources import unpacked
from pipeline.translation.bitext.readers.rows import LONGEST_TEXT_BYTES, Read, Row, Source

_CODE = frozenset({"bpt", "ept", "it", "ph", "ut"})  # inline elements that hold formatting code
_DEEPEST = 100  # levels of elements
_LONGEST_TAG_BYTES = 2**22


def rows(source: Source, read: Read) -> Iterator[Row]:
    """A row for each unit with texts of two languages; other units are malformed.

    Raises InputError, with the line, for XML that is broken, not TMX, or hostile.
    """
    units = _Units(source)
    for data in unpacked(source.name, read):
        yield from units.feed(data, last=False)
    yield from units.feed(b"", last=True)


class _Units:
    """Collects units while expat reads; what a unit says is forgotten with its end."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parser = parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.EntityDeclHandler = self._entity
        parser.SkippedEntityHandler = self._skipped
        parser.buffer_text = True
        self._fed = self._depth = 0
        self._found: list[Row] = []
        self._texts: dict[str, str | None] = {}
        self._code: str | None = None  # of the variant that is open
        self._segment: list[str] | None = None  # text of the segment that is open
        self._segment_size = 0
        self._inside_code = 0  # levels of inline code that are open

    def feed(self, data: bytes, last: bool) -> list[Row]:
        """The units that end in this piece of the file."""
        self._found = []
        self._fed += len(data)
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code)
            self._fail(f"broken XML ({reason})", error.lineno)
        if self._fed - self._parser.CurrentByteIndex > _LONGEST_TAG_BYTES:
            self._fail(f"a tag of more than {_LONGEST_TAG_BYTES:,} bytes")
        return self._found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._depth and name != "tmx":
            self._fail(f"it begins with <{name[:40]}>, and TMX with <tmx>")
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail(f"elements more than {_DEEPEST} deep")
        if name == "tu":
            self._texts = {}
        elif name == "tuv":
            tag = attributes.get("xml:lang") or attributes.get("lang") or ""
            code = registry.of_tag(tag)
            told = self._source.languages
            self._code = code if code in told or not told else None
        elif name == "seg":
            self._segment, self._segment_size = [], 0
        elif name in _CODE:
            self._inside_code += 1

    def _text(self, text: str) -> None:
        if self._segment is not None and not self._inside_code:
            self._segment_size += len(text)
            if self._segment_size <= LONGEST_TEXT_BYTES:
                self._segment.append(text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if name == "seg" and self._segment is not None:
            too_long = self._segment_size > LONGEST_TEXT_BYTES
            if self._code:
                self._texts.setdefault(self._code, None if too_long else "".join(self._segment))
            self._segment = None
        elif name in _CODE:
            self._inside_code -= 1
        elif name == "tu":
            malformed = len(self._texts) < 2
            texts = dict.fromkeys(self._source.languages) if malformed else self._texts
            self._found.append(Row(texts, self._source.split, malformed))

    def _entity(self, name: str, *_: object) -> None:
        self._fail(f"it declares an entity ({name[:40]}), and none is taken; write the text itself")

    def _skipped(self, name: str, *_: object) -> None:
        """A document type that is not read may have declared it: its text would go missing."""
        self._fail(
            f"it uses an entity ({name[:40]}) that it does not explain; write the text itself"
        )

    def _fail(self, reason: str, line: int = 0) -> NoReturn:
        line = line or self._parser.CurrentLineNumber
        raise InputError(f"{self._source.name}, line {line}: {reason}")
