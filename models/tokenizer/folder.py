"""The folder `tokenizer/`: `spm.model`, `spm.vocab` and `dict.txt`, and the ids they give.

Ids: pad 0, eos 1, unk 2, the pieces of SentencePiece, then 100 sentinels, `<extra_id_0>` with the
highest id, then tokens that an imported tokenizer had added and the rows that a model has beyond
its tokenizer (the published T5 has 32,128 for 32,100 ids), under fairseq's name for such rows.
Folders for translation have tags behind all that,
`<2fr>` for French: one a target language; and behind these pieces that were learned later
(new_pieces.py) and further tags. `spm.model` goes up to the last piece: a model with later pieces
holds sentinels and tags too, as symbols that no text gives, so that its ids are ours throughout.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import sentencepiece

from langs.errors import InputError

PAD, EOS, UNK = 0, 1, 2
SPECIALS = ("<pad>", "</s>", "<unk>")
SENTINELS = 100
MODEL, VOCABULARY, DICTIONARY = FILES = ("spm.model", "spm.vocab", "dict.txt")
FILLER = "madeupword"
WORD_START = "▁"
_TAG = re.compile(r"<2([A-Za-z-]+)>")
_FILLER = re.compile(rf"{FILLER}\d+")


def sentinel_names() -> list[str]:
    """Names of the sentinels in the order of their ids."""
    return [f"<extra_id_{i}>" for i in reversed(range(SENTINELS))]


def id_names(pieces: list[str], rows: int = 0) -> list[str]:
    """Names of all ids, for the pieces of a SentencePiece model and at least `rows` ids.

    A model may have the sentinels itself, mT5's as words: they are not added again.
    """
    bare = [piece.removeprefix(WORD_START) for piece in pieces]
    first = _first_sentinel(bare)
    end = len(pieces) if first is None else first
    names = [*pieces[:end], *sentinel_names(), *pieces[end + SENTINELS :]]
    numbers = range(sum(map(is_filler, names)), rows)
    return names + [f"{FILLER}{i:04d}" for i in numbers][: max(0, rows - len(names))]


def _first_sentinel(names: list[str]) -> int | None:
    """The id of the first sentinel if all stand in their order, else None."""
    wanted = sentinel_names()
    first = names.index(wanted[0]) if wanted[0] in names else 0
    return first if names[first : first + SENTINELS] == wanted else None


def tag(code: str) -> str:
    """The name of the tag that tells a translator its target language: `<2fr>`."""
    return f"<2{code}>"


def is_tag(name: str) -> bool:
    """Whether a name is that of a tag."""
    return _TAG.fullmatch(name) is not None


def is_filler(name: str) -> bool:
    """Whether a name is that of a row which a model has beyond its tokenizer."""
    return _FILLER.fullmatch(name) is not None


def is_byte(name: str) -> bool:
    """Whether a piece is a byte of an unknown character: `<0xE2>`."""
    return len(name) == 6 and name.startswith("<0x") and name.endswith(">")


def symbols(names: list[str]) -> set[int]:
    """The ids of sentinels, tags and rows without a piece; empty without sentinels."""
    first = _first_sentinel(names)
    if first is None:
        return set()
    end = first + SENTINELS
    behind = {i for i in range(end, len(names)) if is_tag(names[i]) or is_filler(names[i])}
    return {*range(first, end), *behind}


def stand_for_text(names: list[str]) -> list[bool]:
    """For every id, whether it is a piece of text; names: of all ids."""
    no_text = symbols(names) | set(range(len(SPECIALS)))
    return [number not in no_text for number in range(len(names))]


def add_tags(folder: Path, codes: Iterable[str]) -> None:
    """Append a tag for each language to `dict.txt`; the ids that are there stay."""
    path = folder / DICTIONARY
    lines = path.read_text(encoding="utf-8")
    known = {line.rpartition(" ")[0] for line in lines.split("\n")}
    new = [tag(code) for code in sorted(set(codes)) if tag(code) not in known]
    path.write_text(lines + _lines(new, [0] * len(new), " "), encoding="utf-8", newline="\n")


def tag_ids(names: list[str]) -> dict[str, int]:
    """The id of each language's tag, by code; names: of all ids."""
    first = names.index(sentinel_names()[-1])
    matches = ((_TAG.fullmatch(name), number) for number, name in enumerate(names))
    return {tag[1]: number for tag, number in matches if tag and number > first}


def read_dictionary(path: Path) -> tuple[list[str], list[int]]:
    """Names and counts in dict.txt (`name count`, one a line in the order of ids).

    Raises InputError when the file is missing, a line does not parse, a name comes twice, or the
    first ids or the sentinels are not where they must be.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        pairs = [line.rsplit(" ", 1) for line in lines if line]
        names, counts = [name for name, _ in pairs], [int(count) for _, count in pairs]
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such dictionary; run `mswitch prepare` into this folder first"
        ) from None
    except ValueError:
        raise InputError(
            f"{path}: not a dictionary (lines of `piece count`); run `mswitch prepare` again"
        ) from None
    if len(set(names)) < len(names):
        raise InputError(f"{path}: has a piece twice; run `mswitch prepare` again")
    if not _in_order(names):
        raise InputError(
            f"{path}: expected <pad> </s> <unk> first and 100 sentinels behind the pieces; "
            "run `mswitch prepare` again"
        )
    return names, counts


def _in_order(names: list[str]) -> bool:
    """Whether names are specials, pieces, sentinels, then anything else."""
    first = _first_sentinel(names)
    if first is None or tuple(names[: len(SPECIALS)]) != SPECIALS:
        return False
    return not any(map(is_filler, names[:first]))


def pieces_of(processor: sentencepiece.SentencePieceProcessor) -> list[str]:
    """The pieces in the order of their ids."""
    return [processor.id_to_piece(i) for i in range(processor.get_piece_size())]


def write(folder: Path, model: bytes, counts: Iterable[int] = (), rows: int = 0) -> None:
    """Write the three files for a serialised SentencePiece model.

    counts: how often each id occurs, from id 0 on; ids beyond them count 0. rows: see `id_names`.
    """
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    pieces = pieces_of(processor)
    scores = [f"{processor.get_score(i):g}" for i in range(len(pieces))]
    names = id_names(pieces, rows)
    known = [int(count) for count in counts]
    occurs = known + [0] * (len(names) - len(known))
    (folder / MODEL).write_bytes(model)
    (folder / VOCABULARY).write_text(_lines(pieces, scores, "\t"), encoding="utf-8", newline="\n")
    (folder / DICTIONARY).write_text(_lines(names, occurs, " "), encoding="utf-8", newline="\n")


def _lines(names: list[str], values: Iterable[object], separator: str) -> str:
    return "".join(f"{name}{separator}{value}\n" for name, value in zip(names, values, strict=True))
