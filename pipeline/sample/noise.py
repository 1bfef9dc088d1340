"""Pages that a filter must take out: copies, stale versions, mixtures, code, filler, bad words."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.sample.crawled_pages import COOKIE_LINE, JAVASCRIPT_LINE, Page, date_of

COPY_EVERY = 150
STALE_EVERY = 130
MIX_EVERY = 220
SHORT_EVERY = 90
STALE_DATE = "2023-11-28T09:30:00Z"

# Among the mildest of LDNOOBW's lists (CC BY 4.0).
MILD_BAD_WORDS = {
    "de": "kacke", "en": "bollocks", "es": "idiota", "fr": "caca", "it": "cacca",
    "nl": "asbak", "pl": "duperele",
}  # fmt: skip

_LOREM = (
    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut "
    "labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco.\n"
)
_CODE = "function page{n}(node) {{ return node.children.map(child => child.name); }}\n"
_MENU_ONLY = "Home\nNews\nAbout us\nContact\nLog in\nNew account\nForgot your password?\n"


def noise_pages(pages: Sequence[Page]) -> list[Page]:
    """All noise made from these pages and from nothing; `pages` are in the order of languages."""
    return [
        *_copies(pages), *_stale_versions(pages), *_mixtures(pages), *_short_pages(pages),
        *_bad_word_pages(pages), *_filler(),
    ]  # fmt: skip


def _copies(pages: Sequence[Page]) -> Iterator[Page]:
    for page in pages[::COPY_EVERY]:
        yield _at(page.url.replace("https://", "https://copy.example.net/"), page.text, page)


def _stale_versions(pages: Sequence[Page]) -> Iterator[Page]:
    """The same URL crawled half a year before, when the page was half as long."""
    for page in pages[3::STALE_EVERY]:
        lines = page.text.splitlines(keepends=True)
        yield replace(page, date=STALE_DATE, text="".join(lines[: len(lines) // 2]))


def _mixtures(pages: Sequence[Page]) -> Iterator[Page]:
    """Lines of two languages in turn."""
    for first, second in zip(pages[5::MIX_EVERY], pages[105::MIX_EVERY], strict=False):
        pairs = zip(first.text.splitlines(), second.text.splitlines(), strict=False)
        text = "\n".join(itertools.chain.from_iterable(pairs)) + "\n"
        yield _at(
            f"https://mixed.example.net/{first.language}-{second.language}".lower(), text, first
        )


def _short_pages(pages: Sequence[Page]) -> Iterator[Page]:
    for page in pages[7::SHORT_EVERY]:
        lines = page.text.splitlines(keepends=True)
        yield _at(page.url + "/short", lines[0] + lines[len(lines) // 2], page)


def _bad_word_pages(pages: Sequence[Page]) -> Iterator[Page]:
    for code, word in MILD_BAD_WORDS.items():
        page = next((page for page in reversed(pages) if page.language == code), None)
        if page:
            *body, last, footer = page.text.splitlines()
            text = "\n".join([*body, f"{word.capitalize()}, {word}! {last}", footer]) + "\n"
            yield _at(page.url + "/comments", text, page)


def _filler() -> Iterator[Page]:
    code = "".join(_CODE.format(n=n) for n in range(20))
    texts = {
        "lorem": f"Lorem ipsum\n{_LOREM * 4}",
        "code": f"Reference\n{code}",
        "menu": _MENU_ONLY,
        "notice": f"{JAVASCRIPT_LINE}\n{COOKIE_LINE}\n" * 3,
        "empty": "",
    }
    for name, text in texts.items():
        url = f"https://filler.example.net/{name}"
        yield Page(url, date_of(url), text, "en")


def _at(url: str, text: str, page: Page) -> Page:
    return replace(page, url=url, date=date_of(url), text=text)
