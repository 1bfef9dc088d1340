"""Tokens that were added to a Hugging Face tokenizer: their ids are kept, or the folder is refused.

Four files may name them; the ids of SentencePiece's own pieces and of the sentinels stand there
too. In our model each is a user-defined symbol, one piece wherever it stands in a text.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sentencepiece

from langs.errors import InputError
from models.tokenizer import folder as tokenizer_folder
from models.tokenizer import sentencepiece_file as spm

from .tensor_files import read_json

FILES = ("added_tokens.json", "tokenizer_config.json", "tokenizer.json", "special_tokens_map.json")


def files(folder: Path) -> list[Path]:
    """The files of a folder that may name added tokens."""
    return [folder / name for name in FILES if (folder / name).is_file()]


def with_added_tokens(model: bytes, folder: Path) -> bytes:
    """A serialised SentencePiece model with the tokens that were added in its folder.

    Raises InputError for tokens whose ids or names ours cannot keep; OSErrors pass up.
    """
    return _filled(model, *_read([read_json(path) for path in files(folder)]))


def _read(contents: list[dict[str, Any]]) -> tuple[dict[int, str], set[str]]:
    """Tokens by id, and special tokens that are named (with their id elsewhere, or nowhere)."""
    added: dict[int, str] = {}
    for content in contents:
        for token, number in _pairs(content):
            if added.setdefault(number, token) != token:
                raise InputError(f"id {number} is {added[number]!r} and {token!r} in its files")
    named = [content.get("additional_special_tokens") or [] for content in contents]
    return added, {_content(token) for tokens in named for token in tokens}


def _pairs(content: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """(token, id) of each added token in one of the files."""
    try:
        decoder = content.get("added_tokens_decoder") or {}
        yield from ((_content(token), int(number)) for number, token in decoder.items())
        tokens = content.get("added_tokens") or []
        yield from ((_content(token), int(token["id"])) for token in tokens)
        if all(type(value) is int for value in content.values()):  # added_tokens.json
            yield from content.items()
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError("its added tokens do not parse") from error


def _content(token: Any) -> str:
    """The text of a token, which may stand alone or with its flags."""
    text = token["content"] if isinstance(token, Mapping) else token
    if not isinstance(text, str):
        raise InputError("its added tokens do not parse")
    return text


def _filled(content: bytes, added: Mapping[int, str], named: set[str]) -> bytes:
    model = spm.parse(content)
    names = tokenizer_folder.id_names([piece.piece for piece in model.pieces])
    for number, token in added.items():
        if 0 <= number < len(names) and token != _bare(names[number]):
            raise InputError(f"added token {token!r} has id {number}, which is {names[number]!r}")
        if number < 0:
            raise InputError(f"added token {token!r} has id {number}")
    new = {number: token for number, token in added.items() if number >= len(names)}
    known = {*map(_bare, names), *new.values()}
    if unknown := sorted(named - known):
        raise InputError(f"special token {unknown[0]!r} has no id in its files")
    if len({*new.values(), *names}) < len(new) + len(names):
        twice = next(token for token in new.values() if [*names, *new.values()].count(token) > 1)
        raise InputError(f"added token {twice!r} has two ids")
    if not new:
        return content
    _add(model, names, new)
    filled: bytes = model.SerializeToString()
    _check(filled, new)
    return filled


def _bare(name: str) -> str:
    """A name without the mark of a word, which mT5's sentinels have."""
    bare = name.removeprefix(tokenizer_folder.WORD_START)
    return bare if bare in tokenizer_folder.sentinel_names() else name


def _add(model: Any, names: list[str], new: Mapping[int, str]) -> None:
    """Append what lies between the pieces and the last new token, in the order of ids."""
    for number in range(len(model.pieces), max(new) + 1):
        if number in new and not tokenizer_folder.is_tag(new[number]):
            model.pieces.add(piece=new[number], score=0.0, type=spm.USER_DEFINED)
            continue
        name = names[number] if number < len(names) else new.get(number)
        filler = f"{tokenizer_folder.FILLER}{number:04d}"
        model.pieces.add(piece=name or filler, score=0.0, type=spm.CONTROL)


def _check(content: bytes, new: Mapping[int, str]) -> None:
    """Raises InputError for a token that SentencePiece or dict.txt cannot keep."""
    try:
        processor = sentencepiece.SentencePieceProcessor(model_proto=content)
    except (RuntimeError, ValueError) as error:
        raise InputError("SentencePiece does not take its added tokens") from error
    for number, token in new.items():
        is_kept = tokenizer_folder.is_tag(token) or number in processor.encode(f"a {token} b")
        if any(letter.isspace() for letter in token) or not is_kept:
            raise InputError(f"added token {token!r} (id {number}) cannot be a piece of ours")
