"""Makes the sample that ships: `python -m pipeline.sample.build DATA [OUTPUT]`.

For maintainers. DATA is a folder with the source texts (layout in texts.py); the same input gives
the same bytes. Every language gets its articles in order until its gzip members fill the budget,
so that the languages with much text are about equal and those with little keep all of it.
Articles that the filters would take (Yoruba with tone marks, which cld3 does not know; bad words)
leave room for others: only the first few stay, for the filters to show what they do.
"""

import argparse
import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from langs.cld3 import identify, language_fault
from langs.registry import LANGUAGES, Language
from pipeline.corpus.config import preset
from pipeline.corpus.rules.badwords import has_bad_word
from pipeline.corpus.rules.line_rules import clean_lines, line_rules
from pipeline.sample.crawled_pages import Page, make_pages
from pipeline.sample.noise import noise_pages
from pipeline.sample.pairs import write_pairs
from pipeline.sample.texts import Article, read_articles
from pipeline.sample.wet import member, write_wet

BYTES_A_LANGUAGE = 69_500  # gzip members
FILES = 8
PAIRS_A_LANGUAGE = 700
LOST_PAGES = 3  # pages of a language that the filters take for its text
WIKIPEDIA_RECORD = "whirlwind.warc.wet.gz"


def build(data: Path, output: Path, bytes_a_language: int = BYTES_A_LANGUAGE) -> None:
    """Writes `wet/` and `parallel/` into `output`; raises OSError where DATA lacks a file."""
    pages: list[Page] = []
    for language in LANGUAGES.values():
        pages += language_pages(data, language, bytes_a_language)
    folder = output / "wet"
    folder.mkdir(parents=True, exist_ok=True)
    write_files(folder, [*pages, *noise_pages(pages)], broken=pages[:2])
    shutil.copyfile(data / "commoncrawl" / WIKIPEDIA_RECORD, folder / WIKIPEDIA_RECORD)
    write_pairs(data, output / "parallel", PAIRS_A_LANGUAGE)


def language_pages(data: Path, language: Language, budget: int) -> list[Page]:
    """Pages of a language until their gzip members reach `budget` bytes."""
    chosen = []
    articles = list(_mostly_kept(read_articles(data, language), language))
    for page in make_pages(articles, language):
        budget -= len(member(page))
        if budget < 0:
            break
        chosen.append(page)
    return chosen


def _mostly_kept(articles: Iterable[Article], language: Language) -> Iterator[Article]:
    """Articles that the corpus job keeps for their language, and a few of those it does not."""
    lost = 0
    for article in articles:
        is_lost = _is_lost(article, language)
        lost += is_lost
        if not is_lost or lost <= LOST_PAGES:
            yield article


def _is_lost(article: Article, language: Language) -> bool:
    settings = preset("sample")
    lines, _ = clean_lines(article.lines, line_rules(settings))
    text = "\n".join(lines)
    code, probability = identify(text, settings.identify_bytes)
    fault = language_fault(code, probability, settings.min_language_probability, [language.code])
    return fault is not None or has_bad_word(text, language.code)


def write_files(folder: Path, pages: Sequence[Page], broken: Sequence[Page]) -> None:
    """Deals the pages out to the files by a hash, so that languages mix; the last has `broken`."""
    shuffled = sorted(
        pages, key=lambda page: hashlib.sha1(f"{page.url} {page.date}".encode()).digest()
    )
    for number in range(FILES):
        path = folder / f"sample-{number:05d}.warc.wet.gz"
        write_wet(path, shuffled[number::FILES], broken if number == FILES - 1 else ())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with the source texts")
    parser.add_argument("output", type=Path, nargs="?", default=Path(__file__).parent)
    arguments = parser.parse_args()
    build(arguments.data, arguments.output)


if __name__ == "__main__":
    main()
