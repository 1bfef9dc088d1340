"""The content of score.json as types: made by `pipeline.translation.score`, shown by this package.

Keys of the file are fields of the same name (docs/translation.md explains them); a value that only
several systems have, such as a comparison, is None for one.
"""

from dataclasses import dataclass, field
from typing import Any

from langs.errors import InputError
from models.generation.translation_scores import MAIN, NAMES
from pipeline.stages import typed_json
from pipeline.stages.typed_json import inlined, key

FORMAT = 1


@dataclass(frozen=True)
class Spread:
    """sacreBLEU's mean of the bootstrap's draws, and half the width of their 95 % interval."""

    mean: float
    ci: float


@dataclass(frozen=True)
class Comparison:
    """The difference system - baseline, by the paired bootstrap over test lines."""

    difference: float
    interval: tuple[float, float]  # 95 %
    p_value: float  # sacreBLEU's, in effect one-sided
    significant: int  # 1: better, -1: worse, 0: the interval holds 0


@dataclass(frozen=True)
class Score:
    """One score of one system, 0 to 100, on a direction or as the mean over directions."""

    score: float
    verbose_score: str | None = None  # n-gram precisions and lengths: of a direction's BLEU
    spread: Spread | None = field(default=None, metadata=inlined())
    comparison: Comparison | None = field(
        default=None, metadata=inlined()
    )  # of all systems but the baseline


@dataclass(frozen=True)
class OffTarget:
    """Languages that a text was identified as: shares of all lines, and numbers of lines."""

    off_target: float  # surely in another language than the target
    undecided: float  # empty, or identified with too low a probability
    languages: dict[str, int]  # of the decided lines, most lines first


@dataclass(frozen=True)
class Scores:
    """All scores of one system by name."""

    scores: dict[str, Score] = field(metadata=inlined(*NAMES))

    @property
    def main(self) -> Score:
        """chrF++, the score that systems are compared by."""
        return self.scores[MAIN]


@dataclass(frozen=True)
class SystemScores(Scores):
    """One system on one direction."""

    identified: OffTarget = field(metadata=inlined())
    empty: int  # lines without a translation


@dataclass(frozen=True)
class ExampleTranslation:
    """A system's translation of an example line."""

    text: str
    chrf_plus_plus: float = field(metadata=key(MAIN))  # of this line alone


@dataclass(frozen=True)
class Example:
    """A test line that is shown with all translations of it."""

    line: int  # from 1 on
    kind: str  # why it was chosen: "better", "worse", "best", "worst" or "evenly spread"
    source: str | None
    reference: str
    systems: dict[str, ExampleTranslation]


@dataclass(frozen=True)
class DirectionScores:
    """All systems on the test lines of one direction."""

    source: str | None  # mC4's code; None where it was not told
    target: str
    lines: int
    english: str  # a group, as the following: into, out of English, or between others
    language: str  # the code that the groups are by
    size: str
    script: str | None
    family: str | None
    tokenizer: str  # of BLEU, by sacreBLEU's name
    signatures: dict[str, str]  # sacreBLEU's, by score
    references: OffTarget
    systems: dict[str, SystemScores]
    examples: list[Example]


@dataclass(frozen=True)
class Wins:
    """Numbers of directions on which a system's chrF++ differs from the baseline's."""

    better: int
    worse: int
    significantly_better: int
    significantly_worse: int


@dataclass(frozen=True)
class SystemMeans(Scores):
    """Means of one system over directions, each counting once."""

    off_target: float
    undecided: float
    wins: Wins | None = field(default=None, metadata=inlined())  # None for a baseline


@dataclass(frozen=True)
class Summary:
    """All systems over all directions, or over those of one group."""

    directions: int
    lines: int
    references_off_target: float
    systems: dict[str, SystemMeans]


@dataclass(frozen=True)
class Bootstrap:
    """The settings of the bootstrap."""

    draws: int
    seed: int


@dataclass(frozen=True)
class ScoreReport:
    """The whole of score.json."""

    format: int
    baseline: str  # one of the systems
    systems: list[str]
    bootstrap: Bootstrap | None  # None for a single system
    summary: Summary
    groups: dict[str, dict[str, Summary]]  # by "english", "size", "script" and "family"
    directions: dict[str, DirectionScores]  # by name, such as en-fr
    left_out: dict[str, str]  # direction -> reason
    notes: list[str]  # sentences that a reader must know before the numbers

    @property
    def is_comparison(self) -> bool:
        """Whether there are several systems."""
        return len(self.systems) > 1

    def to_json(self) -> dict[str, Any]:
        """The JSON values of score.json."""
        content: dict[str, Any] = typed_json.to_json(self)
        return content

    @classmethod
    def from_json(cls, content: object, place: str) -> "ScoreReport":
        """The report of JSON values. Raises InputError, naming the file `place`, for others."""
        number = content.get("format") if isinstance(content, dict) else FORMAT
        if number != FORMAT:
            raise InputError(f"{place} has format {number}, not {FORMAT}; make it again")
        try:
            return typed_json.from_json(cls, content)
        except ValueError as error:
            raise InputError(f"{place} is no score report ({error}); make it again") from error
