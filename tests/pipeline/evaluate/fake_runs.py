"""Made-up runs for tests: small ones written by hand and a realistic one of 100 languages."""

import json
import math
import random
from pathlib import Path
from typing import Any

import numpy as np

from langs.registry import LANGUAGES

TOKENS, BYTES = 100, 400
PIECES = ["▁the", "</script>", "ня"]


def header(**changes: Any) -> dict[str, Any]:
    """The first line of a metrics file."""
    line = {
        "kind": "run",
        "architecture": "t5_tiny",
        "parameters": 1000,
        "active_parameters": 1000,
        "flops_per_token": 6000,
        "experts": 0,
        "seed": 1,
        "device": {"type": "cpu", "processes": 1, "name": "AMD EPYC 7R13", "threads": 1},
        "versions": {"python": "3.11"},
        "data_sha256": "d" * 64,
        "config_sha256": "c" * 64,
        "config": {"model": "t5_tiny", "learning_rate": 0.003},
    }
    return line | changes


def valid(step: float, seconds: float, flops: float, **qualities: float) -> dict[str, Any]:
    """A validation line from processor seconds and one negative log perplexity a language."""
    languages = {
        code: {"nll_sum": -quality * TOKENS, "tokens": TOKENS, "bytes": BYTES}
        for code, quality in qualities.items()
    }
    costs = {"step": step, "tokens": step * 10, "seconds": seconds, "flops": flops}
    # beside other work: the wall clock has gone on for longer
    costs |= {"time": 1e9 + step, "seconds": 1.5 * seconds, "processor_seconds": seconds}
    return {"kind": "valid", **costs, "languages": languages}


def write_run(folder: Path, *lines: dict[str, Any]) -> Path:
    """Write lines as the metrics file of a run folder."""
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "metrics.jsonl").write_text(text, encoding="utf-8")
    return folder


def write_sequences(run: Path, step: int, rows: dict[str, list[tuple[float, int, int]]]) -> None:
    """The side file of a run: (nats, tokens, bytes) of every validation sequence."""
    flat = [(index, *one) for index, found in enumerate(rows.values()) for one in found]
    np.savez(run / "validation.npz", step=step, codes=np.array(list(rows)), rows=np.array(flat))


def write_routing(run: Path, step: int, codes: list[str], chosen: Any, **changes: Any) -> None:
    """The side file of a sparse run; `chosen` [routers, languages, experts]. No token dropped."""
    chosen = np.array(chosen)
    routers, _, experts = chosen.shape
    by_piece = 3 + 40 * (np.arange(experts) == np.arange(len(PIECES))[:, None])
    arrays = {
        "step": step,
        "routers": np.array(["encoder 2", "decoder 2", "decoder 4"][:routers]),
        "codes": np.array(codes),
        "chosen": chosen,
        "dropped": np.zeros_like(chosen),
        "pieces": np.array(PIECES),
        "piece_counts": np.tile(by_piece, (routers, 1, 1)),
    }
    np.savez(run / "routing.npz", **(arrays | changes))


def write_realistic_pair(
    folder: Path, languages: int = 100, validations: int = 12
) -> tuple[Path, Path]:
    """A dense and a Switch run that look like training: power-law curves with noise."""
    codes = list(LANGUAGES)[:languages]
    dense = _realistic(codes, validations, random.Random(7), sparse=False)
    switch = _realistic(codes, validations, random.Random(8), sparse=True)
    return write_run(folder / "dense", *dense), write_run(folder / "switch", *switch)


def _realistic(
    codes: list[str], validations: int, noise: random.Random, sparse: bool
) -> list[dict[str, Any]]:
    name = "switch_tiny" if sparse else "t5_tiny"
    lines = [_realistic_header(name, sparse)]
    seconds_per_step = 0.23 if sparse else 0.18
    for number in range(1, validations + 1):
        step = number * 100
        spent = (step, step * seconds_per_step, step * 4e9)
        lines += [_train(step - 50, noise, sparse), _train(step, noise, sparse)]
        lines.append(_valid(codes, spent, noise, sparse))
    return lines


def _realistic_header(name: str, sparse: bool) -> dict[str, Any]:
    return header(
        architecture=name,
        parameters=3_680_512 if sparse else 1_320_448,
        active_parameters=1_320_960 if sparse else 1_320_448,
        flops_per_token=4_010_000,
        experts=8 if sparse else 0,
        config={"model": name, "learning_rate": 0.003, "batch": {"tokens": 2048}, "steps": 1200},
    )


def _train(step: int, noise: random.Random, sparse: bool) -> dict[str, Any]:
    line = {"kind": "train", "step": step, "loss": 4.6 + 60 / (step + 20)}
    line |= {"tokens": step * 2048, "seconds": step * 0.2, "flops": step * 4e9}
    line |= {"learning_rate": 0.003, "gradient_norm": 1.0}
    if sparse:
        line |= {"balance_loss": 0.01 + 0.01 * math.exp(-step / 150) + noise.gauss(0, 1e-4)}
        line |= {"z_loss": 0.001, "dropped_fraction": 0.004 + 0.05 * math.exp(-step / 120)}
        line["expert_load"] = [_load(noise) for _ in range(2)]
    return line


def _load(noise: random.Random) -> list[float]:
    weights = [1 + noise.uniform(-0.3, 0.3) for _ in range(8)]
    return [weight / sum(weights) for weight in weights]


def _valid(
    codes: list[str], spent: tuple[float, float, float], noise: random.Random, sparse: bool
) -> dict[str, Any]:
    line = valid(*spent)
    for index, code in enumerate(codes):
        difficulty = random.Random(code).uniform(3.2, 5.2)
        gain = random.Random(code + "gain").gauss(0.05, 0.04) if sparse else 0.0
        loss = difficulty + 9 / math.sqrt(spent[0] + 15) - gain + noise.gauss(0, 0.01)
        tokens = 500 + 37 * index
        sums = {"nll_sum": loss * tokens, "tokens": tokens, "bytes": tokens * 3}
        line["languages"][code] = sums
    if sparse:
        line["routers"] = {
            name: {"mean_gate": 0.3 + spent[0] / 1e4, "changed_share": 20 / spent[0]}
            for name in ("encoder 2", "decoder 2")
        }
    return line
