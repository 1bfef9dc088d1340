"""WET files of multilingual pages for benchmarks, made from a folder of texts; always the same.

A page has what pages of a crawl have: a menu (often English), paragraphs of a few sentences, lines
that all pages of its site share, a footer. Lengths are log-normal, 7 kB on average. Some pages are
copies, some change their language in the middle.
"""

import gzip
import json
import lzma
import math
import random
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from langs.cld3 import identify
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page

SAMPLE = Path(__file__).parents[1] / "pipeline" / "sample" / "wet"
MEDIAN_BYTES, SPREAD = 3500, 1.05  # of a page's length, log-normal
SHARE_COPIED, SHARE_BILINGUAL, SHARE_ENGLISH_MENU = 0.05, 0.03, 0.4
MIN_SENTENCES = 150  # a language with fewer makes no pages
_MENU = "Home|About us|News|Contact|Search|Sign in|Archive|Products|Help|Privacy policy|Share|More"

Texts = dict[str, list[str]]  # language -> sentences or verses


def read_texts(folders: Sequence[Path]) -> Texts:
    """The sentences of `<folder>/<code>.{txt,tsv}.xz`; without folders, of the sample's pages.

    Of a line with tabs the last column counts.
    """
    texts: defaultdict[str, list[str]] = defaultdict(list)
    if not folders:
        for path in sorted(SAMPLE.glob("sample-*.gz")):
            with path.open("rb") as stream:
                for page in read_pages(stream, path.name, CorpusConfig()):
                    if isinstance(page, Page) and (code := identify(page.text, 10_000)[0]):
                        texts[code] += [line for line in page.text.split("\n") if len(line) > 40]
    else:
        for path in (path for folder in folders for path in sorted(folder.glob("*.xz"))):
            code = path.name.partition(".")[0]
            with lzma.open(path, "rt", encoding="utf-8", newline="\n") as lines:
                texts[code] += [line.rstrip("\n").rpartition("\t")[2] for line in lines]
    return {code: lines for code, lines in sorted(texts.items()) if len(lines) >= MIN_SENTENCES}


class PageMaker:
    """Makes pages one after another; the same for the same texts and seed."""

    def __init__(self, texts: Texts, seed: int) -> None:
        self.texts, self.codes = texts, list(texts)
        self.chance = random.Random(seed)
        self.copied = ""

    def page(self, number: int) -> tuple[str, str]:
        """URL and text of the next page."""
        chance = self.chance
        code = chance.choice(self.codes)
        site = chance.randrange(1 + number // 20)
        url = f"https://www.site{site}.example/{code}/{number}.html"
        if self.copied and chance.random() < SHARE_COPIED:
            return url, self.copied
        size = MEDIAN_BYTES * math.exp(chance.gauss(0, SPREAD))
        lines = [*self._menu(code), *self._paragraphs(code, min(size, 900_000))]
        lines += [f"Site {site}: all rights reserved.", self._shared(code, site)]
        text = "\n".join(lines)
        if len(lines) > 20:
            self.copied = text
        return url, text

    def _menu(self, code: str) -> list[str]:
        if self.chance.random() < SHARE_ENGLISH_MENU:
            return self.chance.sample(_MENU.split("|"), self.chance.randrange(3, 10))
        words = self.chance.choice(self.texts[code]).split() or ["-"]
        return [self.chance.choice(words).title() for _ in range(self.chance.randrange(3, 10))]

    def _paragraphs(self, code: str, size: float) -> Iterator[str]:
        other = code
        if self.chance.random() < SHARE_BILINGUAL:
            other = self.chance.choice(self.codes)
        done = 0
        while done < size:
            source = self.texts[code if done < size / 2 else other]
            paragraph = " ".join(self.chance.choices(source, k=self.chance.randrange(1, 6)))
            done += len(paragraph.encode()) + 1
            yield paragraph

    def _shared(self, code: str, site: int) -> str:
        source = self.texts[code]
        return f"{source[site % len(source)]} {source[site * 7 % len(source)]}"


def record(url: str, text: str) -> bytes:
    """One WET record."""
    payload = text.encode()
    header = (
        f"WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: {url}\r\n"
        f"WARC-Date: 2024-05-18T01:58:10Z\r\nContent-Type: text/plain\r\n"
        f"WARC-Record-ID: <urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, url)}>\r\n"
        f"Content-Length: {len(payload)}\r\n\r\n"
    )
    return header.encode() + payload + b"\r\n\r\n"


def write_wet(folder: Path, texts: Texts, pages: int, files: int, seed: int = 1) -> list[Path]:
    """`files` WET files with `pages` pages in all; those of an earlier call are kept.

    `<folder>/bytes.json` tells how many bytes of records each file holds, unpacked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:05d}.warc.wet.gz" for number in range(files)]
    if (folder / "bytes.json").exists():
        return paths
    maker, sizes = PageMaker(texts, seed), []
    for number, path in enumerate(paths):
        sizes.append(0)
        with path.open("wb") as stream:
            for page in range(number, pages, files):
                data = record(*maker.page(page))
                sizes[-1] += len(data)
                stream.write(gzip.compress(data, 6, mtime=0))
    (folder / "bytes.json").write_text(json.dumps(sizes))
    return paths


def unpacked_bytes(paths: Sequence[Path]) -> int:
    """Bytes of records in files of one folder that `write_wet` made."""
    sizes = json.loads((paths[0].parent / "bytes.json").read_text())
    return sum(sizes[: len(paths)])
