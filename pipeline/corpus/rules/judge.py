"""The rules that need a page's language, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from langs import registry
from langs.cld3 import language_fault
from langs.identify import Identifier, identifier
from langs.scripts import script_share
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.rules.badwords import bad_words, has_bad_word
from pipeline.corpus.rules.contamination import EvaluationSets
from pipeline.corpus.rules.language_limits import Limits
from pipeline.corpus.rules.quality import quality_fault
from pipeline.corpus.rules.repetition import repetition_fault


@dataclass(frozen=True)
class Verdict:
    """The language of a page, and the rule that it breaks."""

    language: str | None
    probability: float
    fault: tuple[str, str] | None = None  # filter and reason, if it goes
    detail: str = ""  # more on the reason, for people


def page_identifier(config: CorpusConfig) -> Identifier:
    """The language identifier of a corpus job. Raises InputError as `langs.identify.identifier`."""
    return identifier(config.identifier, config.identify_bytes, config.identify_sample_bytes)


class Judge:
    """Knows the settings of every language. Raises InputError for files that cannot be read."""

    def __init__(self, config: CorpusConfig) -> None:
        self._config, self._limits = config, Limits(config)
        self._identify = page_identifier(config)
        self._evaluation = EvaluationSets(config)

    def judge(self, lines: Sequence[str]) -> Verdict:
        """The verdict on a page of these lines, as they would be written."""
        text = "\n".join(lines)
        code, probability = self._identify(text)
        least = self._limits.of(code).min_language_probability
        if reason := language_fault(code, probability, least, self._config.languages):
            return Verdict(code, probability, ("language", reason), f"probability {probability}")
        assert code is not None
        step, reason, detail = self._fault(text, lines, code) or ("", "", "")
        return Verdict(code, probability, (step, reason) if step else None, detail)

    def _fault(self, text: str, lines: Sequence[str], code: str) -> tuple[str, str, str] | None:
        """Filter and reason of the first rule that the page breaks, and more on it."""
        limits = self._limits.of(code)
        share = script_share(text, registry.get(code)) if limits.min_script_share else 1.0
        if share < limits.min_script_share:
            return "script", "other_script", f"{share:.0%} of the letters"
        if reason := repetition_fault(lines, limits):
            return "repetition", reason, ""
        if reason := quality_fault(lines, limits):
            return "quality", reason, ""
        if limits.drop_bad_word_pages and has_bad_word(text, code):
            return "bad_words", "bad_word", ", ".join(bad_words(text, code))
        if example := self._evaluation.find(text):
            detail = f"line {example.line}: {example.share:.0%} of its runs"
            return "contamination", example.name, detail
        return None
