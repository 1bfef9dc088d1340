"""The content of report.json as types: made by this package, shown by `pipeline.report`.

Keys of the file are fields of the same name (docs/evaluation.md explains them). A report of two
runs is one of two models named `baseline` and `model`; its file repeats under `summary`, `runs` and
in each language the figures of these two, for readers that know of no other models.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from langs.errors import InputError
from pipeline.evaluate.routing.course import RoutingCourse
from pipeline.stages import typed_json
from pipeline.stages.typed_json import inlined, key, to_json

FORMAT = 8  # rises when a key changes its meaning, or the folder has new files
BASELINE, MODEL = "baseline", "model"  # names of the models in a report of two runs

# Fedus et al. 2022, section 4.3 and Figures 7 and 8: mSwitch-Base beside mT5-Base, 1M steps.
PAPER = {"share_better": 1.0, "mean_step_speedup": 5.0, "share_speedup_at_least_4": 0.91}

Interval = tuple[float, float]  # 95 %
Values = list[float | None]  # such as negative log perplexity at each validation; None: no value


@dataclass(frozen=True)
class Quality:
    """The quality at the end, on a language or as the mean over languages."""

    neg_log_perplexity: float  # nats per piece, with a minus sign: higher is better
    bits_per_byte: float
    perplexity: float

    def measure(self, name: str) -> float:
        """The value of a measure by its key."""
        value: float = getattr(self, name)
        return value


@dataclass(frozen=True)
class Reach:
    """How much sooner a curve reaches the baseline's final quality; None without a ratio."""

    status: str  # of `speedup.Status`
    reached_at_step: float | None
    step_speedup: float | None
    flop_speedup: float | None
    time_speedup: float | None

    def speedup(self, unit: str) -> float | None:
        """The ratio in `unit`: "step", "flop" or "time"."""
        value: float | None = getattr(self, f"{unit}_speedup")
        return value


@dataclass(frozen=True)
class Gain:
    """A model against the baseline on one language."""

    gain: float  # difference of the negative log perplexities
    reach: Reach = field(metadata=inlined())
    intervals: dict[str, Interval | None]  # by measure: gain, step_speedup, ...
    significant: int | None  # 1: better, -1: worse, 0: the interval holds 0; None: no interval

    def measure(self, name: str) -> float | None:
        """The value of a measure by its key."""
        return self.gain if name == "gain" else self.reach.speedup(name.removesuffix("_speedup"))


_GAIN = ("gain", *(entry.name for entry in fields(Reach)), "intervals", "significant")


@dataclass(frozen=True)
class ShareKept:
    """The share of the teacher's gain that a student keeps; None where there is no gain."""

    share_of_gain_kept: float | None


@dataclass(frozen=True)
class LanguageValues:
    """One model on one language."""

    quality: Quality = field(metadata=inlined())
    curve: Values
    against: Gain | None = field(default=None, metadata=inlined(*_GAIN))  # None: the baseline
    kept: ShareKept | None = field(default=None, metadata=inlined())  # of students

    @property
    def gain(self) -> Gain:
        """The gain of a model that is not the baseline."""
        assert self.against is not None
        return self.against


@dataclass(frozen=True)
class LanguageEntry:
    """One language: its place in the registry, its validation text, and every model on it."""

    name: str
    own_name: str
    script: str | None
    family: str | None
    mc4_pages: int | None
    validation_tokens: int
    validation_bytes: int
    models: dict[str, LanguageValues]  # the baseline first


@dataclass(frozen=True)
class OverLanguages:
    """Counts, shares and means over languages, as `summary.over_languages` explains them."""

    languages_compared: int
    better: int
    ties: int
    worse: int
    share_better: float
    mean_gain: float
    reached: int
    by_first_validation: int
    at_start: int
    not_reached: int
    mean_step_speedup: float | None
    median_step_speedup: float | None
    mean_flop_speedup: float | None
    median_flop_speedup: float | None
    mean_time_speedup: float | None
    median_time_speedup: float | None
    mean_step_speedup_lower_bound: float
    share_speedup_at_least_4: float
    share_flop_speedup_at_least_4: float
    share_time_speedup_at_least_4: float

    @property
    def with_speedup(self) -> int:
        """The number of languages that the means of speed-ups are over."""
        return self.reached + self.by_first_validation


@dataclass(frozen=True)
class Against:
    """A model against the baseline over all languages."""

    summary: OverLanguages = field(metadata=inlined())
    step_time_ratio: float | None  # the model's seconds a step / the baseline's
    significantly_better: int | None  # None: no language has an interval
    significantly_worse: int | None
    intervals: dict[str, Interval | None]  # by measure: mean_gain, ...
    mean_curve: Reach  # of the mean over languages as one learning curve
    groups: dict[str, dict[str, OverLanguages]]  # by "size", "script" and "family"


@dataclass(frozen=True)
class Costs:
    """The cost of training up to each validation."""

    steps: list[float]
    seconds: Values  # by the clock of the report; None: no time that compares
    flops: list[float]


@dataclass(frozen=True)
class MeanCurve(Costs):
    """The mean over languages, at the validations that had all of them."""

    neg_log_perplexity: list[float]


@dataclass(frozen=True)
class Student:
    """The share of the teacher's gain that a dense model keeps, overall and in the languages."""

    share_of_gain_kept: float | None
    compression: float  # 1 - parameters / parameters of the teacher
    median_share_of_gain_kept: float | None


@dataclass(frozen=True)
class ModelEntry:
    """One model: the runs that differ in their seed alone, and their mean."""

    name: str
    role: str  # baseline, teacher, student or model
    seeds: list[object]
    runs: list[dict[str, object]]  # the first line of each run's metrics
    parameters: int | None
    active_parameters: int | None
    experts: int | None
    capacity_factor: str | None
    top_k: str | None
    steps: float
    seconds: float | None
    flops: float
    steps_per_second: float | None
    quality: Quality
    steps_to_target: float | None
    seconds_to_target: float | None
    flops_to_target: float | None
    against_baseline: Against | None  # None: the baseline itself
    curve: MeanCurve
    validations: Costs
    student: Student | None = field(default=None, metadata=inlined())

    @property
    def against(self) -> Against:
        """The comparison of a model that is not the baseline."""
        assert self.against_baseline is not None
        return self.against_baseline

    @property
    def mean_at_validations(self) -> Values:
        """The mean curve at every validation; None where that had not all languages."""
        known = dict(zip(self.curve.steps, self.curve.neg_log_perplexity, strict=True))
        return [known.get(step) for step in self.validations.steps]

    @property
    def header(self) -> dict[str, Any]:
        """The first line of the first run's metrics."""
        return self.runs[0]


@dataclass(frozen=True)
class KeptScores:
    """The shares of the teacher's gain that a student keeps in translation."""

    share_of_gain_kept: float | None
    chrf: float | None = field(metadata=key("share_of_chrf++_gain_kept"))


@dataclass(frozen=True)
class Scores:
    """A translator's scores on one direction, or their means over directions."""

    chrf: float = field(metadata=key("chrf++"))
    neg_log_perplexity: float
    steps: list[float] | None = None  # of the best validation of each run; of means alone
    kept: KeptScores | None = field(default=None, metadata=inlined())  # of students


@dataclass(frozen=True)
class Translation:
    """The scores of translators."""

    models: dict[str, Scores]  # means over directions
    directions: dict[str, dict[str, Scores]]  # by direction and model


@dataclass(frozen=True)
class LikedPiece:
    """A piece that an expert takes more of than of all tokens."""

    piece: str
    share: float  # of the piece's tokens that go to the expert
    tokens: int


@dataclass(frozen=True)
class Router:
    """One router in the last validation; lists of languages in the order of `LanguageRouting`."""

    router: str  # "encoder 2"
    load: list[float]  # [experts]
    load_entropy: float  # nats, as every entropy and information here
    mutual_information: float
    mutual_information_by_chance: float
    explained_by_language: float
    dropped_share: float
    tokens: list[int]  # [languages]
    entropy: list[float]  # [languages]
    dropped: list[float]  # [languages]
    shares: list[list[float]]  # [languages][experts]
    liked_pieces: list[list[LikedPiece]]  # [experts]


@dataclass(frozen=True)
class LanguageRouting:
    """How the experts of one run divide the languages, which stand in their clustering's order."""

    experts: int
    languages: list[str]
    merges: list[tuple[int, int, float]]  # of the clustering's tree: two nodes and their height
    nearest: dict[str, list[tuple[str, float]]]  # by language, nearest first, with the distance
    routers: list[Router]


@dataclass(frozen=True)
class ValidationCapacity:
    """The expert capacity that a model was validated with."""

    factor: str  # of an even share of the tokens
    dropped: dict[str, float] | None  # by language, share of choices; None: not counted


@dataclass(frozen=True)
class ExpertLoad:
    """The balance of a sparse run over its training."""

    steps: list[int]
    balance_loss: Values
    dropped_fraction: Values
    expert_load: list[list[float]]  # [sparse layer][expert] share of tokens


@dataclass(frozen=True)
class Report:
    """The whole of report.json."""

    format: int
    two_runs: bool  # whether this is a Switch run against a dense run
    baseline: str  # the key of the first model
    target_quality: float  # to which times are given
    clock: str | None  # of all seconds: "processor" or "wall"; None: no times that compare
    models: dict[str, ModelEntry]  # by name, the baseline first
    languages: dict[str, LanguageEntry]  # by code
    translation: Translation | None
    routing: dict[str, ExpertLoad | None]  # by model; None: no experts
    routing_by_language: dict[str, LanguageRouting]  # by model, of sparse runs
    routing_course: dict[str, RoutingCourse]  # the same
    validation_capacity: dict[str, ValidationCapacity]  # by model, of those that had one
    notes: list[str]  # sentences that a reader must know before the numbers
    left_out: dict[str, str]  # language: reason

    @property
    def first(self) -> ModelEntry:
        """The baseline."""
        return self.models[self.baseline]

    @property
    def others(self) -> dict[str, ModelEntry]:
        """The models but the baseline."""
        return {name: entry for name, entry in self.models.items() if name != self.baseline}

    @property
    def titles(self) -> list[str]:
        """The names of all models; for the sides of two runs their architectures."""
        if not self.two_runs:
            return list(self.models)
        return [str(entry.header["architecture"]) for entry in self.models.values()]

    def to_json(self) -> dict[str, Any]:
        """The JSON values of report.json."""
        content: dict[str, Any] = to_json(self)
        content["summary"] = {"models": list(self.models)}
        return content | dict(self._of_two_runs(content)) if self.two_runs else content

    def _of_two_runs(self, content: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """The keys that a file of two runs has besides."""
        sides = content["models"]
        left_out = ("mean_curve", "groups")
        against = sides[MODEL]["against_baseline"]
        yield (
            "summary",
            {name: value for name, value in against.items() if name not in left_out}
            | {f"{side}_steps": entry["steps"] for side, entry in sides.items()}
            | {side: entry["quality"] for side, entry in sides.items()},
        )
        yield "paper", PAPER
        yield "groups", against["groups"]
        curves = {side: entry.mean_at_validations for side, entry in self.models.items()}
        yield "mean", against["mean_curve"] | {"curve": curves}
        yield "validations", {side: entry["validations"] for side, entry in sides.items()}
        yield "runs", {side: entry["runs"][0] for side, entry in sides.items()}
        measures = [entry.name for entry in fields(Quality)]
        yield (
            "languages",
            {
                code: {
                    **{k: v for k, v in entry["models"][MODEL].items() if k not in measures},
                    **entry,
                    **{
                        side: {measure: values[measure] for measure in measures}
                        for side, values in entry["models"].items()
                    },
                    "curve": {side: values["curve"] for side, values in entry["models"].items()},
                }
                for code, entry in content["languages"].items()
            },
        )

    @classmethod
    def from_json(cls, content: object, place: str) -> "Report":
        """The report of JSON values. Raises InputError, naming the file `place`, for others."""
        number = content.get("format") if isinstance(content, dict) else FORMAT
        if number != FORMAT:
            raise InputError(
                f"{place} has format {number}, not {FORMAT}; delete its folder to make it again"
            )
        try:
            return typed_json.from_json(cls, content)
        except ValueError as error:
            raise InputError(
                f"{place} is no report ({error}); delete its folder to make it again"
            ) from error
