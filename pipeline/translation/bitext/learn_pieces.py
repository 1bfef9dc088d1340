"""New pieces for languages that the tokenizer does not know, learned from their clean text."""

import itertools
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import sentencepiece

from langs.errors import InputError
from langs.registry import LANGUAGES
from langs.scripts import written_in
from models.tokenizer import folder as tokenizer_folder
from models.tokenizer import new_pieces
from models.tokenizer.folder import MODEL, WORD_START
from pipeline.prepare import tokenizer_training
from pipeline.stages.progress import say
from pipeline.translation.bitext import write_pairs
from pipeline.translation.bitext.readers.rows import TRAIN
from pipeline.translation.bitext.work_folder import Job
from pipeline.translation.bitext.write_pairs import PairTask

_MOST_TEXTS = 2_000_000  # that pieces are learned from: bounds memory


def add(folder: Path, tasks: Sequence[PairTask], job: Job, languages: Collection[str]) -> None:
    """Add up to `job.config.new_pieces` pieces to a tokenizer folder, behind all its ids.

    SentencePiece learns them from the training text in the languages; those in other scripts and
    those that the tokenizer has are left out. Single characters come first, without which a word
    with one would be spelt in bytes, then pieces by probability.
    Raises InputError if there is nothing to learn.
    """
    codes = sorted(set(languages))
    if not codes:
        raise InputError(
            "new_pieces: the tokenizer has a tag for every target, so no language is new; name "
            "languages by --new-pieces-languages, or leave new pieces out"
        )
    present = {code for task in tasks for code in task.pair}
    if missing := [code for code in codes if code not in present]:
        raise InputError(f"new_pieces_languages: no direction has {', '.join(missing)}")
    old = sentencepiece.SentencePieceProcessor(model_file=str(folder / MODEL))
    texts = [
        old.normalize(text).replace(WORD_START, " ") for text in _texts(tasks, job, set(codes))
    ]
    names = ", ".join(codes)
    if not texts:
        raise InputError(f"new_pieces: the inputs have no training text in {names}")
    wanted = job.config.new_pieces
    characters = len(set(itertools.chain.from_iterable(texts)))
    known = set(tokenizer_folder.pieces_of(old))
    learned = [
        (piece, score)
        for piece, score in tokenizer_training.learn(texts, 2 * wanted + characters)
        if piece not in known and _in_script(piece, codes)
    ]
    best = sorted(learned, key=lambda entry: (len(entry[0]) > 1, -entry[1], entry[0]))[:wanted]
    if not best:
        raise InputError(
            f"new_pieces: the tokenizer has all pieces that are learned from {names}; "
            "leave them out"
        )
    new_pieces.add_pieces(folder, best)
    say(f"bitext: {len(best):,} new pieces for {names}")


def _texts(tasks: Sequence[PairTask], job: Job, codes: set[str]) -> Iterator[str]:
    """At most _MOST_TEXTS training texts in the languages, at even distances."""
    sides = [(task, code) for task in tasks for code in task.pair if code in codes]
    step = -(-sum(task.size for task, _ in sides) // _MOST_TEXTS) or 1
    every = (write_pairs.texts(task, job, TRAIN, code) for task, code in sides)
    return itertools.islice(itertools.chain.from_iterable(every), 0, None, step)


def _in_script(piece: str, codes: Sequence[str]) -> bool:
    text = piece.replace(WORD_START, "")
    return any(written_in(text, LANGUAGES[code]) for code in codes)
