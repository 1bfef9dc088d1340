"""`--input`: paths, globs and folders; names of files tell their languages and splits.

The parts of a name between dots decide (`.gz`, `.zst`, `.xz` and `.bz2` aside):

    en-fr.tsv, news.en-fr.tsv             two languages in columns
    any.tsv with a header of languages    one language a column, two or more
    any.jsonl, any.tmx                    the content tells the languages
    corpus.en + corpus.fr, en.txt + fr.txt    one text a line, the same on every line
    en.tsv + fr.tsv                       key and text in columns, the same for every key

`PATH:en-fr` names the languages of a file, `ONE,OTHER:en-fr` those of two line by line. A zip
archive, as of OPUS, is a folder.
"""

import dataclasses
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from langs import directions, registry
from langs.errors import InputError
from pipeline.files import sources, zips
from pipeline.files.sources import InputFile
from pipeline.stages.progress import say
from pipeline.translation.bitext.readers.columns import columns_of
from pipeline.translation.bitext.readers.rows import SPLIT_NAMES, TRAIN, Source

_PACKED = ("gz", "zst", "xz", "bz2")
_CONTENT_TELLS = {"jsonl": "json", "ndjson": "json", "json": "json", "tmx": "tmx"}
_TEXT = ("txt", "tsv")
_BOTH = ("tsv", *_CONTENT_TELLS)  # files that may hold two languages
_CODES = re.compile(r"[A-Za-z][A-Za-z_-]*")


class _Name(NamedTuple):
    """The content of a file's name."""

    codes: tuple[str, ...]  # none, one or two
    split: str
    rest: str  # the name without its codes: equal for files that belong together
    ending: str  # "tsv", "jsonl", ...


def find(specs: Sequence[str], alone: bool = False, columns: Sequence[int] = ()) -> list[Source]:
    """The inputs that the specs name, in the order of their files' paths.

    Args:
        alone: a file of one language is an input, too, as for held-out text.
        columns: of the two languages in files of columns without a heading, counted from 1; none:
            found by content.

    Raises InputError for a spec that matches nothing, and for files whose languages nothing tells.
    """
    files = _Files(columns)
    for spec in specs:
        _add(files, spec)
    joined = [_joined(sides, kind, rest, alone) for (kind, rest), sides in files.sides.items()]
    return sorted({*files.whole, *joined}, key=lambda source: source.files)


@dataclass
class _Files:
    """All files of an input."""

    columns: Sequence[int]  # told by the user
    whole: list[Source] = field(default_factory=list)
    sides: dict[tuple[str, str], dict[str, InputFile]] = field(default_factory=dict)
    """Files of one language by kind and the rest of their names."""

    def add_side(self, kind: str, code: str, rest: str, file: InputFile) -> None:
        files = self.sides.setdefault((kind, rest), {})
        if files.setdefault(code, file) != file:
            raise InputError(f"{file.path} and {files[code].path} are both {code!r}; give one")


def _add(inputs: _Files, spec: str) -> None:
    path, codes = _parsed(spec)
    if len(codes) == 2 and "," in path:
        files = [sources.find([part])[0] for part in path.split(",", 1)]
        inputs.whole.append(_source("lines", list(zip(codes, files, strict=True)), codes, ""))
    elif os.path.isdir(path):
        _add_known(inputs, sources.find([os.path.join(path, "*")]), codes)
    else:
        for file in sources.find([path]):
            if file.path.lower().endswith(zips.ENDING):
                _add_known(inputs, [file], codes)
            elif not _add_file(inputs, file, codes):
                raise InputError(
                    f"nothing tells the languages of {file.path}; name it like en-fr.tsv or "
                    f"corpus.en, write {file.path}:en-fr, or give it a header of codes"
                )


def _add_known(inputs: _Files, files: Sequence[InputFile], codes: tuple[str, ...]) -> None:
    """Add files of a folder or an archive, and tell those whose languages nothing tells."""
    for file in files:
        if file.path.lower().endswith(zips.ENDING):
            _add_inside(inputs, file, codes)
        elif not _add_file(inputs, file, codes):
            say(f"bitext: left out {file.path}: nothing tells its languages")


def _add_inside(inputs: _Files, archive: InputFile, codes: tuple[str, ...]) -> None:
    """Add the files of a zip archive; `codes` are those of files that hold both languages."""
    files = sources.inside(archive)
    left = [
        file
        for file in files
        if not _add_file(inputs, file, codes if _name(file.path).ending in _BOTH else ())
    ]
    names = ", ".join(file.path.removeprefix(f"{archive.path}!/") for file in left[:5])
    if len(left) == len(files):
        raise InputError(
            f"nothing tells the languages of the files in {archive.path} ({names or 'it is empty'})"
            "; unpack it, and name them like en-fr.tsv, or corpus.en and corpus.fr"
        )
    if left:
        say(f"bitext: left out of {archive.path}: {names}: nothing tells their languages")


def _parsed(spec: str) -> tuple[str, tuple[str, ...]]:
    """The path of a spec and its codes, if it tells any."""
    path, colon, suffix = spec.rpartition(":")
    if not colon or os.path.exists(spec) or not _CODES.fullmatch(suffix):
        return spec, ()
    if codes := _codes(suffix):
        return path, codes
    if "-" in suffix:
        directions.split(suffix)  # raises
    registry.get(suffix)  # raises
    raise AssertionError


def _add_file(inputs: _Files, file: InputFile, codes: tuple[str, ...]) -> bool:
    """Add a file; returns whether it is an input, that is, whether its languages are known."""
    name = _name(file.path)
    codes = codes or name.codes
    if kind := _CONTENT_TELLS.get(name.ending):
        told = codes if len(codes) == 2 else ()
        inputs.whole.append(_source(kind, [("", file)], told, name.split))
    elif len(codes) == 1:
        inputs.add_side("keys" if name.ending == "tsv" else "lines", codes[0], name.rest, file)
    elif (codes or name.ending == "tsv") and (
        columns := columns_of(file.path, codes, inputs.columns)
    ):
        source = _source("tsv", [("", file)], tuple(columns.places), name.split)
        numbers = () if columns.has_header else tuple(n + 1 for n in columns.places.values())
        inputs.whole.append(dataclasses.replace(source, columns=numbers))
    else:
        return False
    return True


def _joined(files: dict[str, InputFile], kind: str, rest: str, alone: bool) -> Source:
    if len(files) == 1 and not alone:
        (code, file), *_ = files.items()
        raise InputError(
            f"{file.path} is {code!r} alone: give the files of other languages that go with it, "
            f"named {os.path.basename(rest)} with their codes for the star"
        )
    return _source(kind, sorted(files.items()), tuple(sorted(files)), _name(rest).split)


def _source(
    kind: str, files: Sequence[tuple[str, InputFile]], codes: tuple[str, ...], split: str
) -> Source:
    paths = tuple((code, file.path) for code, file in files)
    return Source(kind, paths, codes, split, sum(file.size for _, file in files))


def _name(path: str) -> _Name:
    folder, base = os.path.split(path)
    parts = base.split(".")
    while len(parts) > 1 and parts[-1].lower() in _PACKED:
        parts.pop()
    ending = parts[-1].lower()
    words = [re.split("[-_]", part)[-1] for part in parts]
    splits = [SPLIT_NAMES[word] for word in words if word in SPLIT_NAMES]
    split = next((split for split in splits if split != TRAIN), "")
    for i in reversed(range(len(parts))):
        behind = set(parts[i + 1 :])
        if not behind <= {*_TEXT, *_CONTENT_TELLS, *SPLIT_NAMES}:
            break
        if codes := _codes(parts[i]):
            rest = os.path.join(folder, ".".join([*parts[:i], "*", *parts[i + 1 :]]))
            return _Name(codes, split, rest, ending)
    return _Name((), split, path, ending)


def _codes(text: str) -> tuple[str, ...]:
    """The codes of one or two languages: `en-fr`, `en-US`, `eng_Latn-fra_Latn`; else none."""
    parts = text.split("-")
    halves = [("-".join(parts[:n]), "-".join(parts[n:])) for n in range(1, len(parts))]
    for half in halves:
        if half[0] != half[1] and all(code in registry.LANGUAGES for code in half):
            return tuple(half)
    if code := registry.of_tag(text):
        return (code,)
    for half in halves:
        tags = tuple(code for tag in half if (code := registry.of_tag(tag)))
        if len(set(tags)) == 2:
            return tags
    return ()
