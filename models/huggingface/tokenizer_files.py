"""The tokenizer of a Hugging Face folder: `spiece.model` or `tokenizer.json`, and our folder.

The ids are the same on both sides (models.tokenizer.folder); the file that SentencePiece reads is
carried over as it is where there is one.
"""

import base64
from pathlib import Path
from typing import Any

import sentencepiece

from langs.errors import InputError
from models.tokenizer import folder as tokenizer_folder
from models.tokenizer import new_pieces
from models.tokenizer import sentencepiece_file as spm
from models.tokenizer.folder import EOS, PAD, SENTINELS, SPECIALS, UNK

from .added_tokens import with_added_tokens
from .tensor_files import read_json, write_json

PIECES, FAST, SETTINGS = "spiece.model", "tokenizer.json", "tokenizer_config.json"
NO_LENGTH_LIMIT = 10**30  # transformers' own way to say so


def find(folder: Path) -> Path | None:
    """The tokenizer file of T5's kind in a Hugging Face folder, or None."""
    return next((folder / name for name in (PIECES, FAST) if (folder / name).is_file()), None)


def read(path: Path) -> bytes:
    """The serialised SentencePiece model in spiece.model or tokenizer.json, with added tokens.

    Raises InputError for a file of another kind, for ids that are not T5's, and for added tokens
    that would lose their ids.
    """
    try:
        content = path.read_bytes() if path.name == PIECES else _from_fast(read_json(path))
        _check(content)
        content = with_added_tokens(content, path.parent)
    except InputError as error:
        raise InputError(
            f"{path}: {error}; without this file, only the model is imported"
        ) from error
    return content


def write_ours(folder: Path, model: bytes, rows: int) -> None:
    """Write our tokenizer folder for a model with so many embedding rows.

    Raises InputError if the tokenizer has more ids than there are rows.
    """
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    ids = len(tokenizer_folder.id_names(tokenizer_folder.pieces_of(processor)))
    if ids > rows:
        raise InputError(
            f"the tokenizer has {ids} ids (100 of them sentinels), the embedding {rows} rows: they "
            "do not belong together; without the tokenizer's files, only the model is imported"
        )
    tokenizer_folder.write(folder, model, rows=rows)


def write_theirs(folder: Path, ours: Path) -> None:
    """Write spiece.model and the files from which transformers 4 and 5 make our ids.

    ours: our tokenizer folder.

    spiece.model is ours, with tags (which only dict.txt has) added if there are any.
    tokenizer.json is all that is read there: T5Tokenizer would give unknown characters one id,
    where ours spells them in bytes.
    """
    content = (ours / tokenizer_folder.MODEL).read_bytes()
    model = spm.parse(content)
    names = tokenizer_folder.read_dictionary(ours / tokenizer_folder.DICTIONARY)[0]
    while tokenizer_folder.is_filler(names[-1]):
        del names[-1]
    tags = [names[number] for number in tokenizer_folder.tag_ids(names).values()]
    if tags:
        new_pieces.fill(model, names)
        content = model.SerializeToString()
    (folder / PIECES).write_bytes(content)
    sentinels = tokenizer_folder.sentinel_names()
    special = [*SPECIALS, *sentinels, *tags]
    added = [piece.piece for piece in model.pieces if piece.type == spm.USER_DEFINED]
    write_json(folder / FAST, _fast(model, names, _added(special, added, names)))
    pad, eos, unk = SPECIALS
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": pad,
        "eos_token": eos,
        "unk_token": unk,
        "extra_ids": SENTINELS,
        "additional_special_tokens": [*reversed(sentinels), *tags],
        "clean_up_tokenization_spaces": False,
        "model_max_length": NO_LENGTH_LIMIT,
    }
    write_json(folder / SETTINGS, settings)


def _check(content: bytes) -> None:
    model = spm.parse(content)
    kind = model.trainer_spec
    if kind.HasField("model_type") and kind.model_type != spm.UNIGRAM:
        raise InputError("it is no unigram model, as T5's are")
    first = tuple(piece.piece for piece in model.pieces[: len(SPECIALS)])
    if first != SPECIALS:
        raise InputError(
            f"its first ids are {', '.join(first) or 'none'}, not {', '.join(SPECIALS)}"
        )
    try:
        sentencepiece.SentencePieceProcessor(model_proto=content)
    except (RuntimeError, ValueError) as error:
        raise InputError("SentencePiece does not take it") from error


def _from_fast(fast: dict[str, Any]) -> bytes:
    """tokenizer.json (all that transformers 5 writes) as a SentencePiece model."""
    model = fast.get("model")
    if not isinstance(model, dict) or model.get("type") != "Unigram":
        raise InputError("it is no unigram model, as T5's are")
    try:
        vocabulary = [(str(piece), float(score)) for piece, score in model["vocab"]]
        charsmap = base64.b64decode(_precompiled(fast.get("normalizer")))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("its vocabulary or normalizer does not parse") from error
    named = [piece for piece, _ in vocabulary]
    if named[-SENTINELS:] == tokenizer_folder.sentinel_names():
        vocabulary = vocabulary[:-SENTINELS]
    made = spm.empty()
    bytes_too = "<0x00>" in named
    symbols = tokenizer_folder.symbols(named)
    for number, (piece, score) in enumerate(vocabulary):
        kind = spm.CONTROL if number in symbols else _type(number, piece, bytes_too)
        made.pieces.add(piece=piece, score=score, type=kind)
    pad, eos, unk = SPECIALS
    made.trainer_spec.MergeFrom(
        type(made.trainer_spec)(
            model_type=spm.UNIGRAM,
            byte_fallback=bytes_too,
            **{"pad_id": PAD, "eos_id": EOS, "unk_id": UNK, "bos_id": -1},
            **{"pad_piece": pad, "eos_piece": eos, "unk_piece": unk},
        )
    )
    made.normalizer_spec.name = "precompiled" if charsmap else "identity"
    made.normalizer_spec.precompiled_charsmap = charsmap
    content: bytes = made.SerializeToString()
    return content


def _type(number: int, piece: str, bytes_too: bool) -> int:
    if number < len(SPECIALS):
        return spm.UNKNOWN if number == UNK else spm.CONTROL
    return spm.BYTE if bytes_too and tokenizer_folder.is_byte(piece) else spm.NORMAL


def _precompiled(normalizer: Any) -> str:
    """SentencePiece's table of replacements, in base64; empty where there is none."""
    if not isinstance(normalizer, dict):
        return ""
    if normalizer.get("type") == "Precompiled":
        return normalizer["precompiled_charsmap"] or ""
    return next(filter(None, map(_precompiled, normalizer.get("normalizers", ()))), "")


def _fast(model: Any, names: list[str], added: list[dict[str, Any]]) -> dict[str, Any]:
    """tokenizer.json: SentencePiece's steps, as Hugging Face's tokenizers call them."""
    scores = [piece.score for piece in model.pieces]
    scores += [0.0] * (len(names) - len(scores))
    never = 100 * min(scores)  # rows without a piece would be pieces there
    scores = [
        never if tokenizer_folder.is_filler(name) else score
        for name, score in zip(names, scores, strict=True)
    ]
    charsmap = model.normalizer_spec.precompiled_charsmap
    table = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap).decode()}
    words = {
        "type": "Metaspace",
        "replacement": tokenizer_folder.WORD_START,
        "prepend_scheme": "always",
        "split": True,
    }
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                # Theirs takes the table letter by letter: what it would compose comes composed.
                *([{"type": "NFC"}, table] if charsmap else []),
                {"type": "Strip", "strip_left": True, "strip_right": True},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        "pre_tokenizer": words,
        "post_processor": _with_eos(),
        "decoder": {
            "type": "Sequence",
            "decoders": [{"type": "ByteFallback"}, words],
        },
        "model": {
            "type": "Unigram",
            "unk_id": UNK,
            "vocab": [list(pair) for pair in zip(names, scores, strict=True)],
            "byte_fallback": model.trainer_spec.byte_fallback,
        },
    }


def _added(special: list[str], others: list[str], names: list[str]) -> list[dict[str, Any]]:
    """Entries of tokens that are one id wherever they stand in a text; others: part of the text."""
    ids = {name: number for number, name in enumerate(names)}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    tokens = {name: name not in others for name in [*special, *others]}
    return [
        {"id": ids[name], "content": name, "special": is_special, **flags}
        for name, is_special in tokens.items()
    ]


def _with_eos() -> dict[str, Any]:
    """The step that ends each text with eos."""
    eos = SPECIALS[EOS]
    end = {"SpecialToken": {"id": eos, "type_id": 0}}
    first, second = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
    return {
        "type": "TemplateProcessing",
        "single": [first, end],
        "pair": [first, end, second, end],
        "special_tokens": {eos: {"id": eos, "ids": [EOS], "tokens": [eos]}},
    }
