"""Rules for the lines and for the whole of a page: pure functions, each with its own setting.

From TFDS `c4_utils.clean_page` (C4) and `c4_utils.paragraph_filter` (mC4); where they differ from
the papers, the papers are followed (docs/corpus.md).
"""

from collections.abc import Callable, Sequence

from langs.punctuation import ends_in_terminal_punctuation
from langs.scripts import UNSPACED_SCRIPTS, last_letter_script, line_script
from pipeline.corpus.config import CorpusConfig

POLICY_TERMS = (
    "terms of use",
    "privacy policy",
    "cookie policy",
    "uses cookies",
    "use of cookies",
    "use cookies",
)
"""C4's terms of policy lines, lower case."""

LineRule = Callable[[str], bool]


def split_lines(text: str) -> list[str]:
    """The lines of a page without surrounding blanks and without empty ones."""
    return [line for piece in text.splitlines() if (line := piece.strip())]


def is_too_long(text: str, max_characters: int) -> bool:
    """More than `max_characters` characters (0 = no limit)."""
    return 0 < max_characters < len(text)


def has_lorem_ipsum(text: str) -> bool:
    """Placeholder text anywhere in the page."""
    return "lorem ipsum" in text.lower()


def has_curly_bracket(text: str) -> bool:
    """Program code: C4 drops pages with a curly bracket, which natural text does not have."""
    return "{" in text or "}" in text


def has_long_lines(lines: Sequence[str], minimum: int, min_characters: int) -> bool:
    """At least `minimum` lines have at least `min_characters` characters."""
    return sum(len(line) >= min_characters for line in lines) >= minimum


def has_long_word(line: str, max_characters: int) -> bool:
    """A word has more than `max_characters` characters."""
    return len(line) > max_characters and any(len(word) > max_characters for word in line.split())


def lacks_terminal_punctuation(line: str) -> bool:
    """The line does not end as sentences do in the script of its last letter or of most letters.

    Lines without letters, and in scripts unknown to mC4, are let through.
    """
    return _ends_badly(line, last_letter_script(line)) and _ends_badly(line, line_script(line))


def _ends_badly(line: str, script: str | None) -> bool:
    return script is not None and not ends_in_terminal_punctuation(line, script)


def has_few_words(line: str, minimum: int) -> bool:
    """Fewer than `minimum` words. Lines in scripts without spaces between words are let through."""
    return len(line.split(None, minimum)) < minimum and line_script(line) not in UNSPACED_SCRIPTS


def mentions_javascript(line: str) -> bool:
    """A notice like "Please enable JavaScript"."""
    return "javascript" in line.lower()


def mentions_policy(line: str) -> bool:
    """A notice about cookies, privacy or terms of use."""
    lower = line.lower()
    return any(term in lower for term in POLICY_TERMS)


def line_rules(config: CorpusConfig) -> list[tuple[str, LineRule]]:
    """The rules that are on, in C4's order, by name; a line goes where one says true."""
    long_word, few_words = config.max_word_characters, config.min_words_per_line
    rules: list[tuple[str, LineRule, bool]] = [
        ("long_word", lambda line: has_long_word(line, long_word), long_word > 0),
        (
            "no_terminal_punctuation",
            lacks_terminal_punctuation,
            config.require_terminal_punctuation,
        ),
        ("few_words", lambda line: has_few_words(line, few_words), few_words > 0),
        ("javascript", mentions_javascript, config.drop_javascript_lines),
        ("policy", mentions_policy, config.drop_policy_lines),
    ]
    return [(name, rule) for name, rule, is_on in rules if is_on]


def clean_lines(
    lines: Sequence[str], rules: Sequence[tuple[str, LineRule]]
) -> tuple[list[str], list[tuple[str, str]]]:
    """The lines that no rule wants gone, and for each other the rule (the first one) and itself."""
    kept, removed = [], []
    for line in lines:
        for name, is_bad in rules:
            if is_bad(line):
                removed.append((name, line))
                break
        else:
            kept.append(line)
    return kept, removed


def page_fault(text: str, config: CorpusConfig) -> str | None:
    """The reason to drop the page as a whole, or None."""
    if config.drop_lorem_ipsum_pages and has_lorem_ipsum(text):
        return "lorem_ipsum"
    if config.drop_curly_bracket_pages and has_curly_bracket(text):
        return "curly_bracket"
    return None


def length_fault(lines: Sequence[str], config: CorpusConfig) -> str | None:
    """The reason to drop a page that is too short after lines were dropped, or None."""
    if not lines:
        return "no_lines_left"
    if not has_long_lines(lines, config.min_long_lines, config.min_line_characters):
        return "few_long_lines"
    return None
