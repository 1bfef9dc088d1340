"""Recall and precision of the near-duplicate rule on planted near-duplicates, and its cost.

    python benchmarks/near_duplicates.py [--text FILE ...] [--pages 2000] [--workers 1] [--json F]

Pages of real text (the sample's, or files with a sentence a line: .txt, .gz, .xz) are copied with
changes, one in two: words replaced, or lines left out and put in, so that all likenesses from 0.4
to 1 occur. The corpus job runs over all pages with this rule alone. What it did is compared with
the likeness of all pairs, computed apart from the project's code: tokens by `regex`, sets of
strings.
"""

import argparse
import dataclasses
import gzip
import json
import lzma
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import regex

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.documents import read_documents
from pipeline.corpus.job import make_corpus
from pipeline.corpus.pages.reader import read_pages
from pipeline.sample.crawled_pages import Page
from pipeline.sample.wet import write_wet

SAMPLE = Path(__file__).parents[1] / "pipeline" / "sample" / "wet"
RULES_OFF = CorpusConfig(
    max_page_characters=0,
    drop_duplicate_urls=False,
    drop_duplicate_pages=False,
    drop_duplicate_lines=False,
    min_long_lines=0,
    min_language_probability=0,
    drop_bad_word_pages=False,
    min_pages_per_language=0,
    validation_share=0,
    identify_bytes=500,
)
BINS = (0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
_LINES = 12  # sentences of a page made from a file of sentences
_COMMON = 50  # shingles on more pages are not used to find pairs
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_TOKEN = regex.compile(
    rf"(?V1)[{_UNSPACED}&&\p{{L}}]\p{{M}}*|[[\p{{L}}\p{{N}}\p{{M}}\u200c\u200d]--[{_UNSPACED}&&\p{{L}}]]+"
)
_CHINESE_JAPANESE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_OTHER_UNSPACED = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")

Pairs = dict[tuple[str, str], float]


def real_texts(files: Sequence[Path], pages: int) -> list[str]:
    """At most `pages` texts, spread over all files."""
    if not files:
        texts = [text for path in sorted(SAMPLE.glob("*.wet.gz")) for text in _wet_texts(path)]
    else:
        texts = [text for path in files for text in _sentence_texts(path)]
    random.Random(1).shuffle(texts)
    return texts[:pages]


def _wet_texts(path: Path) -> Iterator[str]:
    with path.open("rb") as stream:
        for found in read_pages(stream, path.name, CorpusConfig()):
            if text := getattr(found, "text", ""):
                yield text


def _sentence_texts(path: Path) -> Iterator[str]:
    opener: Any = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
    with opener(path, "rt", encoding="utf-8") as stream:
        lines = [line.strip() for line in stream if line.strip()]
    for start in range(0, len(lines) - _LINES + 1, _LINES):
        yield "\n".join(lines[start : start + _LINES])


def tokens(text: str) -> list[str]:
    """Words, and letters of scripts that do not separate them."""
    return _TOKEN.findall(text.lower())


def shingles(text: str, words: int) -> set[str]:
    """Runs of words, of 2 or 3 times as many letters in scripts without spaces."""
    found = tokens(text)
    chinese = sum(bool(_CHINESE_JAPANESE.match(token)) for token in found)
    other = sum(bool(_OTHER_UNSPACED.match(token)) for token in found)
    is_spaced = 2 * (chinese + other) <= len(found)
    letters = 1 if is_spaced else 2 if chinese >= other else 3
    length = min(words * letters, len(found))
    return {"\n".join(found[i : i + length]) for i in range(len(found) - length + 1)}


def changed(text: str, other: str, chance: random.Random) -> str:
    """A changed copy of a text, of a likeness drawn from 0.4 to 1; `other` lends words or lines."""
    share = (1 - (wanted := chance.uniform(0.4, 1))) / (1 + wanted)  # of the shingles, each side
    if chance.random() < 0.5:
        lines = text.split("\n")
        kept = [line for line in lines if chance.random() > share]
        return "\n".join(kept + chance.sample(other.split("\n"), k=min(3, other.count("\n"))))
    spaced = " " in text[:200]
    parts, lent = (text.split(" "), other.split()) if spaced else (list(text), list(other))
    width = 5 if spaced else 10
    for place in chance.sample(range(len(parts)), int(share * len(parts) / width)):
        parts[place] = chance.choice(["", chance.choice(lent), parts[place] + chance.choice(lent)])
    return (" " if spaced else "").join(parts)


def plant(texts: Sequence[str]) -> dict[str, str]:
    """URL -> text of all pages: the real ones and a changed copy of every second one."""
    chance = random.Random(2)
    pages = {f"http://real.example.org/{number}": text for number, text in enumerate(texts)}
    for number in range(0, len(texts), 2):
        copy = changed(texts[number], chance.choice(texts), chance)
        pages[f"http://copy.example.org/{number}"] = copy
    return pages


def true_pairs(pages: Mapping[str, str], words: int) -> Pairs:
    """Likeness of all pairs that share a shingle which is not on very many pages."""
    sets = {url: shingles(text, words) for url, text in pages.items()}
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for url, found in sets.items():
        for shingle in found:
            holders[shingle].append(url)
    common: Counter[tuple[str, str]] = Counter()
    for urls in holders.values():
        if 1 < len(urls) <= _COMMON:
            common.update(combinations(sorted(urls), 2))
    return {
        (one, other): len(sets[one] & sets[other]) / len(sets[one] | sets[other])
        for (one, other), shared in common.items()
        if shared > 0.2 * min(len(sets[one]), len(sets[other]))
    }


def kept_urls(
    pages: Mapping[str, str], config: CorpusConfig, workers: int
) -> tuple[set[str], float]:
    """The pages that the job leaves, and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        made = [Page(url, "2024-05-18T01:58:10Z", text, "") for url, text in pages.items()]
        for part in range(4):
            write_wet(Path(folder) / f"{part}.wet.gz", made[part::4])
        started = time.perf_counter()
        make_corpus([f"{folder}/*.wet.gz"], Path(folder) / "out", config, workers)
        seconds = time.perf_counter() - started
        files = (Path(folder) / "out" / "documents").rglob("*.zst")
        return {page["url"] for path in files for page in read_documents(path)}, seconds


def table(pairs: Pairs, gone: set[str]) -> list[dict[str, float]]:
    """The table: pairs by likeness, and pairs of which one page was removed."""
    rows = []
    for low, high in zip(BINS, (*BINS[1:], 2.0), strict=True):
        inside = [pair for pair, value in pairs.items() if low <= value < high]
        found = sum(one in gone or other in gone for one, other in inside)
        rows.append({"from": low, "to": min(high, 1.0), "pairs": len(inside), "found": found})
    return rows


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Plant, run, compare."""
    texts = real_texts(arguments.text, arguments.pages)
    pages = plant(texts)
    least = arguments.likeness
    _, without = kept_urls(pages, RULES_OFF, arguments.workers)
    config = dataclasses.replace(
        RULES_OFF, near_duplicate_likeness=least, near_duplicate_words=arguments.words
    )
    kept, seconds = kept_urls(pages, config, arguments.workers)
    pairs, gone = true_pairs(pages, arguments.words), set(pages) - kept
    near = [pair for pair, value in pairs.items() if value >= least]
    justified = {url for pair in near for url in pair}
    left = sum(one in kept and other in kept for one, other in near)
    return {
        "pages": len(pages),
        "megabytes": sum(len(text.encode()) for text in pages.values()) / 1e6,
        "bins": table(pairs, gone),
        "near_pairs": len(near),
        "recall": 1 - left / max(len(near), 1),
        "gone": len(gone),
        "precision": len(gone & justified) / max(len(gone), 1),
        "seconds": seconds,
        "seconds_without": without,
    }


def main() -> None:
    """Parse options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--text", type=Path, nargs="+", default=[], help="files of sentences")
    parser.add_argument("--pages", type=int, default=2000, help="real pages, at most")
    parser.add_argument("--likeness", type=float, default=0.8)
    parser.add_argument("--words", type=int, default=5, help="words of a shingle")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON too")
    arguments = parser.parse_args()
    found = measure(arguments)
    print(f"{found['pages']:,} pages, {found['megabytes']:.1f} MB, likeness {arguments.likeness}\n")
    print(f"{'likeness of a pair':20} {'pairs':>7} {'one is gone':>12}")
    for row in found["bins"]:
        share = f"{row['found'] / row['pairs']:.2%}" if row["pairs"] else "-"
        print(f"{row['from']:.2f} to {row['to']:<12.2f} {row['pairs']:>7,} {share:>12}")
    print(f"\nrecall     {found['recall']:.4f} of {found['near_pairs']:,} near-duplicate pairs")
    print(f"precision  {found['precision']:.4f} of {found['gone']:,} pages that went")
    print(f"seconds    {found['seconds']:.1f}, without the rule {found['seconds_without']:.1f}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
