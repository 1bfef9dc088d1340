"""Train the tokenizer: a SentencePiece unigram model as mT5's, with T5's 100 sentinels.

The ids are those of `models/tokenizer/folder.py`, with 256 bytes for unknown characters among
the pieces. Text is normalised by `nmt_nfkc`, the rule in the published models of T5 and mT5
(`normalizer_spec.name`): NFKC, and every run of white space, line breaks too, becomes one space.
"""

import hashlib
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece

from langs.errors import InputError
from models.tokenizer import folder as tokenizer_folder
from models.tokenizer.folder import DICTIONARY, EOS, MODEL, PAD, SENTINELS, SPECIALS, UNK
from pipeline.corpus.documents import batches
from pipeline.prepare.config import PrepareConfig
from pipeline.prepare.tokenizer_text import LONGEST_SENTENCE

_THREADS = 16  # fixed: the sums of EM, and so the model, depend on their number
_SEED_PIECES_PER_ID = 10  # T5's default of a million seeds is made for 32,000 ids and more
_MOST_SEED_PIECES = 1_000_000
_BATCH_CHARACTERS = 2**19  # of sentences that are encoded at once


def train(config: PrepareConfig, sentences: Iterable[str]) -> bytes:
    """The serialised SentencePiece model; the same for the same sentences in the same order.

    Raises InputError if the vocabulary is too large or too small for the text.
    """
    try:
        return _train(
            sentences,
            config.vocabulary_size - SENTINELS,
            byte_fallback=True,
            character_coverage=config.character_coverage,
            normalization_rule_name="nmt_nfkc",
        )
    except RuntimeError as error:
        raise _explained(config, str(error)) from error


def learn(sentences: Iterable[str], pieces: int) -> list[tuple[str, float]]:
    """Up to so many pieces of sentences, normalised already, with their log probabilities.

    pieces: no fewer than the sentences have different characters. Raises InputError for a text
    that nothing can be learned from.
    """
    try:
        model = _train(
            sentences,
            pieces + len(SPECIALS),
            hard_vocab_limit=False,
            normalization_rule_name="identity",
        )
    except RuntimeError as error:
        raise InputError(_untold(str(error))) from error
    made = sentencepiece.SentencePieceProcessor(model_proto=model)
    places = range(len(SPECIALS), made.get_piece_size())
    return [(made.id_to_piece(i), made.get_score(i)) for i in places]


def _train(sentences: Iterable[str], pieces: int, **options: Any) -> bytes:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=model,
        model_type="unigram",
        vocab_size=pieces,
        pad_id=PAD,
        eos_id=EOS,
        unk_id=UNK,
        bos_id=-1,
        seed_sentencepiece_size=min(_MOST_SEED_PIECES, _SEED_PIECES_PER_ID * pieces),
        max_sentence_length=4 * LONGEST_SENTENCE + 1,
        num_threads=_THREADS,
        minloglevel=2,
        **options,
    )
    return model.getvalue()


def write(folder: Path, model: bytes, sentences: Iterable[str]) -> None:
    """Write `spm.model`, `spm.vocab` and `dict.txt` (counts taken over `sentences`)."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    counts = np.zeros(processor.get_piece_size(), dtype=np.int64)
    for batch in batches(sentences, _BATCH_CHARACTERS):
        ids = np.concatenate([np.asarray(i, dtype=np.int64) for i in processor.encode(batch)])
        counts += np.bincount(ids, minlength=len(counts))
    tokenizer_folder.write(folder, model, counts.tolist())


def describe(folder: Path) -> dict[str, Any]:
    """The summary of a tokenizer folder: the hash by which shards name it, and number of ids."""
    model = (folder / MODEL).read_bytes()
    ids = (folder / DICTIONARY).read_text(encoding="utf-8").count("\n")
    return {"sha256": hashlib.sha256(model).hexdigest(), "vocabulary_size": ids}


def _explained(config: PrepareConfig, message: str) -> InputError:
    """SentencePiece's error as advice; sizes in ids, sentinels included."""
    asked = f"vocabulary_size is {config.vocabulary_size}"
    if match := re.search(r"too high .* value <= (\d+)", message):
        return InputError(f"{asked}, too large for this text: give at most {_ids(match)}")
    if match := re.search(r"smaller than required_chars\. \d+ vs (\d+)", message):
        return InputError(
            f"{asked}, too small for the characters of this text: give at least {_ids(match)} "
            f"or lower character_coverage ({config.character_coverage})"
        )
    if "sentences_.empty()" in message:
        return InputError("the corpus has no text to learn a tokenizer from; look at its funnel")
    return InputError(_untold(message))


def _untold(message: str) -> str:
    return f"SentencePiece cannot learn from this text: {' '.join(message.split())}"


def _ids(match: re.Match[str]) -> int:
    return int(match[1]) + SENTINELS
