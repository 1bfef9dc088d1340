"""Draw the text that the tokenizer learns from: sentences of all languages by the mixture.

Whether a sentence is drawn depends on its hash alone, so that neither the number of workers nor
the order of the files changes the choice.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.corpus.documents import read_documents
from pipeline.prepare.config import PrepareConfig

LONGEST_SENTENCE = 2000  # characters; longer lines are cut at spaces
_CHARACTERS_PER_ID = 300  # of drawn text where the configuration does not say


def cut(text: str, longest: int) -> Iterator[str]:
    """The text in parts of at most `longest` characters, cut at white space where there is any."""
    start = 0
    while len(text) - start > longest:
        space = text.rfind(" ", start + 1, start + longest)
        end = space if space > 0 else start + longest
        yield text[start:end]
        start = end
    yield text[start:]


def is_drawn(seed: int, language: str, sentence: str, share: float) -> bool:
    """True for a `share` (0 to 1) of all sentences; depends on nothing but the arguments."""
    key = f"{seed} {language} {sentence}".encode()
    draw = int.from_bytes(hashlib.blake2b(key, digest_size=8).digest(), "big")
    return draw < share * 2**64


def shares(
    rates: Mapping[str, float], characters: Mapping[str, int], budget: int
) -> dict[str, float]:
    """The part of each language's text to learn from, so that `budget` characters follow `rates`.

    A language with less text than its part gives all it has, once: repeated text would teach
    pieces that are whole words of few pages.
    """
    return {code: min(1.0, rate * budget / characters[code]) for code, rate in rates.items()}


def budget(config: PrepareConfig) -> int:
    """Characters of text to learn from."""
    return config.sample_characters or _CHARACTERS_PER_ID * config.vocabulary_size


def draw(seed: int, language: str, documents: Path, share: float) -> Iterator[str]:
    """The drawn sentences of a documents file, in order: lines, cut where they are very long."""
    for document in read_documents(documents):
        for line in document["text"].split("\n"):
            for sentence in cut(line.strip(), LONGEST_SENTENCE):
                if is_drawn(seed, language, sentence, share):
                    yield sentence


def write_drawn(source: tuple[str, Path, Path], seed: int, shares: Mapping[str, float]) -> None:
    """`source`: language, documents file and the file that gets its drawn sentences, one a line."""
    language, documents, output = source
    with output.open("w", encoding="utf-8", newline="\n") as stream:
        for sentence in draw(seed, language, documents, shares[language]):
            stream.write(sentence + "\n")


def read_drawn(paths: Sequence[Path]) -> Iterator[str]:
    """The sentences of all files, in order."""
    for path in paths:
        with path.open(encoding="utf-8", newline="\n") as stream:
            for line in stream:
                yield line.rstrip("\n")
