"""Read a training run's `metrics.jsonl` into typed, checked objects.

The file is written by the training run, one JSON object a line: a `run` line first, then `train`
and `valid` lines in order of steps (docs/evaluation.md, "Input"). Lines of other kinds are passed
over. A run that is going on or was killed may end in half a line; anything else that cannot be
read is an InputError with file and line.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from langs.errors import InputError
from models.formats.run_folder import METRICS
from pipeline.evaluate.runs.sequences import read_sequences

FILE_NAME = METRICS
_LARGEST_EXPONENT = 709.0  # of e, where float64 ends
_COUNTERS = ("step", "tokens", "seconds", "flops")  # of a line: they never go back
_ROUNDING = 1e-4  # of shares that are means in low precision


class NotYetError(InputError):
    """What a run that goes on may still put right, such as that it has no validation."""


@dataclass(frozen=True)
class Sums:
    """What one validation adds up for one language."""

    nll_sum: float  # nats
    tokens: int  # target pieces
    bytes: int  # UTF-8 bytes of the text that these pieces stand for

    @property
    def neg_log_perplexity(self) -> float:
        """Nats per piece with a minus sign: higher is better."""
        return -self.nll_sum / self.tokens

    @property
    def perplexity(self) -> float:
        """e to the nats per piece, at most e^709: lower is better."""
        return perplexity(self.neg_log_perplexity)

    @property
    def bits_per_byte(self) -> float:
        """Bits per UTF-8 byte of text: lower is better, and the same for every tokenizer."""
        return self.nll_sum / math.log(2) / self.bytes


def perplexity(neg_log_perplexity: float) -> float:
    """Perplexity of a piece, at most e^709 (a run that has diverged)."""
    return math.exp(min(-neg_log_perplexity, _LARGEST_EXPONENT))


@dataclass(frozen=True)
class Cost:
    """What training has cost so far."""

    steps: float
    seconds: float | None  # training only: by the wall clock, behind `on_one_clock` by the report's
    flops: float
    processor_seconds: float | None = None  # of the same; None: not told


@dataclass(frozen=True)
class RouterState:
    """One router in one validation."""

    mean_gate: float
    changed_share: float | None  # of the tokens, whose expert changed since the last validation


@dataclass(frozen=True)
class Validation:
    cost: Cost
    languages: dict[str, Sums]  # only languages with text
    chrf: dict[str, float] = field(default_factory=dict)  # chrF++, 0 to 100, of a translator's
    routers: dict[str, RouterState] = field(default_factory=dict)  # by name, of sparse models


@dataclass(frozen=True)
class TrainStep:
    step: int
    loss: float  # nats per token
    balance_loss: float | None  # these four for sparse models only
    z_loss: float | None
    dropped_fraction: float | None
    expert_load: list[list[float]] | None  # [sparse layer][expert] share of tokens


@dataclass(frozen=True)
class Run:
    """One training run; at least one validation, steps strictly rising."""

    path: Path
    header: dict[str, Any]  # the first line as it stands
    train: list[TrainStep]
    validations: list[Validation]
    sequences: dict[str, np.ndarray] | None = None  # of the last validation, see `read_sequences`
    written: tuple[float, float] = (-math.inf, math.inf)  # seconds since 1970, first and last line

    @property
    def architecture(self) -> str:
        return str(self.header["architecture"])

    @property
    def device(self) -> dict[str, Any]:
        """What the run was trained on; empty where its first line does not tell."""
        device = self.header.get("device")
        return device if isinstance(device, dict) else {}

    @property
    def last(self) -> Validation:
        return self.validations[-1]


def read_run(folder: Path) -> Run:
    """Read `folder/metrics.jsonl`.

    Raises NotYetError: no such file, no whole line, no validation yet. Raises InputError: a line
    that is no JSON or lacks a value, counters that go back, a value that is not finite or out of
    the range of its measure, a validation set that changes inside the run.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise NotYetError(
            f"{path}: no such file; give the folder of a training run (mswitch pretrain --output)"
        )
    records = _Records(path)
    header = _read_header(records)
    train: list[TrainStep] = []
    validations: list[Validation] = []
    times: list[float] = []
    last: dict[str, _Record] = {}  # by kind
    for record in records:
        if record.kind in ("train", "valid"):
            _check_counters(last.get(record.kind), record)
            last[record.kind] = record
        times += filter(None, [record.optional_number("time")])
        if record.kind == "train":
            train.append(_train_step(record))
        elif record.kind == "valid":
            _append(validations, _validation(record), record.where)
        elif record.kind == "run":
            _check_same_run(header, record)
    if not validations:
        raise NotYetError(f"{path}: no validation yet; let the run reach its first validation")
    sequences = read_sequences(folder, validations[-1].cost.steps)
    written = (min(times), max(times)) if times else (-math.inf, math.inf)
    return Run(folder, header, train, validations, sequences, written)


@dataclass(frozen=True)
class _Record:
    values: dict[str, Any]
    where: str  # "file, line n"

    @property
    def kind(self) -> str:
        return str(self.values.get("kind"))

    def number(self, key: str, most: float = math.inf) -> float:
        """A number from 0 to `most`."""
        return self.checked(key, self.values.get(key), most)

    def whole(self, key: str) -> int:
        """A whole number from 0 on."""
        value = self.number(key)
        if value != int(value):
            raise InputError(f'{self.where}: "{key}" is {value}; it must be a whole number')
        return int(value)

    def optional_number(self, key: str, most: float = math.inf) -> float | None:
        return None if self.values.get(key) is None else self.number(key, most)

    def table(self, key: str) -> dict[str, Any]:
        value = self.values.get(key)
        if not isinstance(value, dict):
            raise InputError(f'{self.where}: "{key}" must be an object, not {_shown(value)}')
        return value

    def checked(self, key: str, value: Any, most: float = math.inf) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f'{self.where}: "{key}" must be a number, not {_shown(value)}')
        if not math.isfinite(value):
            raise InputError(f'{self.where}: "{key}" is {value}; the run has diverged')
        if not 0 <= value <= most:
            span = "below 0" if value < 0 else f"above {most:g}"
            raise InputError(f'{self.where}: "{key}" is {value}; it cannot be {span}')
        return value


class _Records:
    """The lines of a metrics file, one record each; a cut last line is passed over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._iterator = self._read()

    def __iter__(self) -> Iterator[_Record]:
        return self._iterator

    def _read(self) -> Iterator[_Record]:
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                where = f"{self.path}, line {number}"
                try:
                    values = json.loads(line)
                except ValueError as error:
                    if not line.endswith(b"\n"):
                        return
                    raise InputError(f"{where}: not a JSON object ({error})") from None
                if not isinstance(values, dict):
                    raise InputError(f"{where}: not a JSON object but {_shown(values)}")
                yield _Record(values, where)


def _read_header(records: _Records) -> dict[str, Any]:
    first = next(iter(records), None)
    if first is None:
        raise NotYetError(f"{records.path}: empty; the run has not started to write yet")
    if first.kind != "run":
        raise InputError(f'{first.where}: the first line must have "kind": "run"')
    for key in ("architecture", "data_sha256"):
        if not isinstance(first.values.get(key), str):
            raise InputError(f'{first.where}: the "run" line has no "{key}"')
    return first.values


def _check_same_run(header: dict[str, Any], record: _Record) -> None:
    if record.values.get("data_sha256") != header["data_sha256"]:
        raise InputError(f"{record.where}: a second run with other data in one file; separate them")


def _check_counters(earlier: _Record | None, record: _Record) -> None:
    """Raises InputError for a counter that is below 0 or below that of an earlier line."""
    for key in _COUNTERS:
        if earlier is None or None in (earlier.values.get(key), record.optional_number(key)):
            continue
        before, now = earlier.number(key), record.number(key)
        if now < before:
            raise InputError(
                f"{record.where}: {key} {now:g} after {key} {before:g}, which cannot go back; two "
                "runs wrote into one file, or it was changed"
            )


def _train_step(record: _Record) -> TrainStep:
    return TrainStep(
        step=record.whole("step"),
        loss=record.number("loss"),
        balance_loss=record.optional_number("balance_loss"),
        z_loss=record.optional_number("z_loss"),
        dropped_fraction=record.optional_number("dropped_fraction", 1 + _ROUNDING),
        expert_load=_expert_load(record),
    )


def _expert_load(record: _Record) -> list[list[float]] | None:
    layers = record.values.get("expert_load")
    if layers is None:
        return None
    if not isinstance(layers, list) or not all(isinstance(layer, list) for layer in layers):
        raise InputError(f'{record.where}: "expert_load" must be a list of lists of shares')
    most = 1 + _ROUNDING
    return [[record.checked("expert_load", share, most) for share in layer] for layer in layers]


def _validation(record: _Record) -> Validation:
    cost = Cost(
        steps=record.whole("step"),
        seconds=record.number("seconds"),
        flops=record.number("flops"),
        processor_seconds=record.optional_number("processor_seconds"),
    )
    languages: dict[str, Sums] = {}
    chrf: dict[str, float] = {}
    for code, values in record.table("languages").items():
        if not isinstance(values, dict):
            raise InputError(f'{record.where}: language "{code}" must be an object')
        entry = _Record(values, f"{record.where}, language {code}")
        sums, score = _sums(entry), entry.optional_number("chrf++", 100)
        if sums.tokens > 0 and sums.bytes > 0:
            languages[code] = sums
            chrf |= {} if score is None else {code: score}
    return Validation(cost, languages, chrf, _routers(record))


def _routers(record: _Record) -> dict[str, RouterState]:
    routers = record.table("routers") if "routers" in record.values else {}
    states = {}
    for name, values in routers.items():
        if not isinstance(values, dict):
            raise InputError(f'{record.where}: router "{name}" must be an object')
        entry = _Record(values, f"{record.where}, router {name}")
        states[name] = RouterState(
            entry.number("mean_gate"), entry.optional_number("changed_share")
        )
    return states


def _sums(record: _Record) -> Sums:
    return Sums(record.number("nll_sum"), record.whole("tokens"), record.whole("bytes"))


def _append(validations: list[Validation], new: Validation, where: str) -> None:
    """Add a validation; one at the same step (end of an epoch) takes the place of the earlier."""
    if validations:
        last = validations[-1]
        _check_same_text(last, new, where)
        if new.cost.steps == last.cost.steps:
            validations.pop()
    validations.append(new)


def _check_same_text(earlier: Validation, later: Validation, where: str) -> None:
    for code in earlier.languages.keys() & later.languages.keys():
        before, now = earlier.languages[code], later.languages[code]
        if (before.tokens, before.bytes) != (now.tokens, now.bytes):
            raise InputError(
                f"{where}: the validation text of {code} has {now.tokens} tokens, "
                f"{before.tokens} before; a run must keep one validation set"
            )


def _shown(value: Any) -> str:
    """A value for an error message, cut to a readable length."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:37] + "..."
