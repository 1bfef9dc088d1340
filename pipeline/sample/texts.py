"""Reads the free texts that the sample is made of, as articles: a title and whole lines.

Layout of the data folder: `udhr.jsonl.gz`, `sentences/{SOURCES.tsv,<code>.txt.xz}`,
`parallel/{ntrex,tatoeba,tico19}`; one sentence or paragraph a line. Only sources named here are
read, so that text under any other licence cannot slip in.
"""

import csv
import gzip
import itertools
import json
import lzma
import math
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from langs.punctuation import ends_in_terminal_punctuation
from langs.registry import Language

Item = TypeVar("Item")

# Sentence collections that may be passed on: CC0, CC BY, CC BY-SA, and Apache-2.0 for hi-Latn.
FREE_SENTENCES = ("commonvoice", "african-storybook", "ud", "nusax", "hinglish-top")
# Languages whose Tatoeba translations are read as plain text, since little else is free.
TATOEBA_AS_TEXT = ("ceb", "gd", "la", "yi")
# NTREX's Burmese is in the Zawgyi encoding, which is not Unicode: TICO-19 stands in for it.
TICO19_AS_TEXT = ("my",)
NEWS_A_PAGE = 2  # NTREX documents put on one page ...
# ... but for Yoruba, which cld3 knows without tone marks only, as some of the documents have it.
ONE_DOCUMENT_A_PAGE = ("yo",)
SENTENCES_A_PAGE = 40
DECLARATION_PAGES = 3
DECLARATION_PAGES_ALONE = 8  # where there is no news


@dataclass(frozen=True)
class Article:
    """Text of one page: a heading, lines in order, and where it is from."""

    title: str
    lines: tuple[str, ...]
    source: str


def read_articles(data: Path, language: Language) -> list[Article]:
    """Everything there is for a language: the declaration, then news, then single sentences."""
    news = _read_news(data, language)
    sentences = [*_read_sentences(data, language), *_read_translations(data, language)]
    pages = DECLARATION_PAGES if news else DECLARATION_PAGES_ALONE
    return [*_read_declaration(data, language, pages), *news, *sentences]


def read_pairs(path: Path) -> list[tuple[str, str]]:
    """(English, translation) of a .tsv.xz file; an empty list where it does not exist."""
    pairs = (line.split("\t") for line in read_lines(path))
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2 and all(pair)]


def split_of(english: str) -> str:
    """train, valid or test (8 : 1 : 1) by the English side, so the same for every language."""
    return ("valid", "test", *["train"] * 8)[zlib.crc32(english.encode()) % 10]


def read_lines(path: Path) -> list[str]:
    """Lines of an .xz file in NFC; an empty list where the file does not exist."""
    if not path.exists():
        return []
    with lzma.open(path, "rt", encoding="utf-8", newline="\n") as lines:
        return [unicodedata.normalize("NFC", line.rstrip("\n")) for line in lines]


def _read_declaration(data: Path, language: Language, pages: int) -> list[Article]:
    with gzip.open(data / "udhr.jsonl.gz", "rt", encoding="utf-8") as rows:
        texts = [row["text"] for row in map(json.loads, rows) if row["lang"] == language.code]
    articles = []
    for text in texts:
        title, *rest = text.split("\n")
        lines = _whole_sentences(rest, language)
        for part in _equal_parts(lines, pages):
            articles.append(Article(title[:80], tuple(part), "udhr"))
    return articles


def _read_news(data: Path, language: Language) -> list[Article]:
    folder = data / "parallel" / "ntrex"
    lines = (
        [] if language.code in TICO19_AS_TEXT else read_lines(folder / f"{language.code}.txt.xz")
    )
    documents = [
        [line for _, line in group]
        for _, group in itertools.groupby(
            zip(read_lines(folder / "DOCUMENT_IDS.txt.xz"), lines, strict=False),
            key=lambda pair: pair[0],
        )
    ]
    size = 1 if language.code in ONE_DOCUMENT_A_PAGE else NEWS_A_PAGE
    return [
        Article(group[0][0][:80], tuple(_paragraphs(itertools.chain(*group), language)), "ntrex")
        for group in _batches(documents, size)
    ]


def _read_sentences(data: Path, language: Language) -> Iterator[Article]:
    lines = read_lines(data / "sentences" / f"{language.code}.txt.xz")
    with (data / "sentences" / "SOURCES.tsv").open(encoding="utf-8") as file:
        groups = list(csv.DictReader(file, delimiter="\t"))
    for row in groups:
        if row["code"] == language.code and row["source_name"] in FREE_SENTENCES:
            chosen = lines[int(row["first_line"]) - 1 : int(row["last_line"])]
            yield from _sentence_pages(chosen, language, row["source_name"])


def _read_translations(data: Path, language: Language) -> Iterator[Article]:
    """The foreign side of pairs whose test and validation parts stay out of the pages."""
    for source, codes in (("tatoeba", TATOEBA_AS_TEXT), ("tico19", TICO19_AS_TEXT)):
        if language.code in codes:
            pairs = read_pairs(data / "parallel" / source / f"en-{language.code}.tsv.xz")
            sentences = [foreign for english, foreign in pairs if split_of(english) == "train"]
            yield from _sentence_pages(sentences, language, source)


def _sentence_pages(lines: Sequence[str], language: Language, source: str) -> Iterator[Article]:
    script = language.script
    whole = [line for line in lines if ends_in_terminal_punctuation(line, script)]
    for group in _batches(whole, SENTENCES_A_PAGE):
        yield Article(_first_words(group[0]), tuple(_paragraphs(group, language)), source)


def _first_words(sentence: str) -> str:
    return " ".join(sentence.split()[:5])[:40].rstrip(".,!?:;। ")


def _whole_sentences(lines: Iterable[str], language: Language) -> Iterator[str]:
    """Joins clauses that the declaration sets on lines of their own ("Whereas ...,")."""
    clauses: list[str] = []
    for line in lines:
        ended = ends_in_terminal_punctuation(line, language.script)
        heading = not ended and len(line) < 40
        if heading and not clauses:
            yield line
            continue
        clauses.append(line)
        if ended:
            yield _join(clauses, language)
            clauses = []
    yield from clauses


def _paragraphs(sentences: Iterable[str], language: Language) -> Iterator[str]:
    """One to three sentences a line (2, 3, 2, 3, 1 in turn); what is no sentence stands alone."""
    paragraph: list[str] = []
    lengths = itertools.cycle((2, 3, 2, 3, 1))
    length = next(lengths)
    for sentence in sentences:
        ended = ends_in_terminal_punctuation(sentence, language.script)
        if not ended and paragraph:
            yield _join(paragraph, language)
            paragraph = []
        paragraph.append(sentence)
        if len(paragraph) >= length or not ended:
            yield _join(paragraph, language)
            paragraph, length = [], next(lengths)
    if paragraph:
        yield _join(paragraph, language)


def _join(sentences: Sequence[str], language: Language) -> str:
    return ("" if language.script in ("Hani", "Jpan") else " ").join(sentences)


def _equal_parts(lines: Iterable[str], parts: int) -> list[list[str]]:
    """Splits lines in order into about `parts` equal ones of at least four long lines each."""
    lines = list(lines)
    share = math.ceil(sum(map(len, lines)) / parts)
    result: list[list[str]] = [[]]
    for line in lines:
        part = result[-1]
        if sum(map(len, part)) >= share and sum(len(line) >= 40 for line in part) >= 4:
            result.append([])
        result[-1].append(line)
    return result


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(itertools.islice(iterator, size)):
        yield batch
