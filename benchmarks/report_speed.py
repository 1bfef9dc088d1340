"""Time and memory of the reports, from made-up runs of 107 languages and 200 validations.

    python benchmarks/report_speed.py [--runs 6] [--validations 200] [--json FILE]

Both kinds of report are built by the command itself, each in a process of its own: two runs, and a
comparison of three models with two seeds each (so intervals are computed too). The bar: under 20
seconds and 1 GB.
"""

import argparse
import json
import math
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from langs.registry import LANGUAGES

SECONDS, MIB = 20.0, 1024.0
SEEDS = 2
SEQUENCES = 250  # of a language in a validation
TRAIN_LINES = 5  # for each validation
ROUTERS, PIECES = 6, 20_000
ROUTER_NAMES = [f"encoder {2 * number + 2}" for number in range(ROUTERS)]


def main() -> None:
    """Build, measure, print; exit code 1 if a bar is missed."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = [
            _write_run(folder, number, arguments.validations) for number in range(arguments.runs)
        ]
        rows = [
            _measured("two runs", ["--dense", runs[0], "--switch", runs[SEEDS]], folder / "pair"),
            _measured(f"{len(runs)} runs", [*runs, "--baseline", runs[0]], folder / "many"),
        ]
    print(f"{len(LANGUAGES)} languages, {arguments.validations} validations")
    print(
        f"{'report':10} {'seconds':>8} {'MiB':>6} {'page, MiB':>10}  bar {SECONDS:g} s, {MIB:g} MiB"
    )
    for row in rows:
        print(
            f"{row['report']:10} {row['seconds']:8.1f} {row['mib']:6.0f} {row['page_mib']:10.2f}"
            f"  {'met' if row['met'] else 'missed'}"
        )
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    sys.exit(0 if all(row["met"] for row in rows) else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=6, help="at least 4 (default: 6)")
    parser.add_argument("--validations", type=int, default=200, help="default: 200")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to FILE too")
    return parser.parse_args()


def _measured(name: str, options: list[Any], output: Path) -> dict[str, Any]:
    """One report by the command; the memory is the largest of all children so far."""
    command = [sys.executable, "-m", "pipeline.cli", "evaluate", *map(str, options)]
    started = time.monotonic()
    subprocess.run([*command, "--output", str(output)], check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - started
    mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    page = (output / "index.html").stat().st_size / 2**20
    met = seconds < SECONDS and mib < MIB
    return {"report": name, "seconds": seconds, "mib": mib, "page_mib": page, "met": met}


def _write_run(folder: Path, number: int, validations: int) -> Path:
    """Run `number`: seeds of one model follow each other; experts double from model to model."""
    kind, seed = divmod(number, SEEDS)
    experts = 8 * 2**kind if kind else 0
    noise = random.Random(number)
    lines: list[dict[str, Any]] = [_header(experts, seed)]
    for index in range(1, validations + 1):
        step = index * 100
        costs = {"step": step, "tokens": step * 2048, "flops": step * 4e9}
        costs["seconds"] = costs["processor_seconds"] = step * (0.23 if experts else 0.18)
        lines += [{"kind": "train", **costs, "loss": 5.0}] * TRAIN_LINES
        languages = {code: _sums(code, step, experts, noise) for code in LANGUAGES}
        lines.append({"kind": "valid", **costs, "languages": languages})
        if experts:
            lines[-1]["routers"] = {
                name: {"mean_gate": 0.3, "changed_share": noise.random()} for name in ROUTER_NAMES
            }
    run = folder / f"run{number}"
    run.mkdir()
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (run / "metrics.jsonl").write_text(text, encoding="utf-8")
    _write_sequences(run, lines[-1])
    if experts:
        _write_routing(run, lines[-1]["step"], experts)
    return run


def _write_sequences(run: Path, last: dict[str, Any]) -> None:
    """The last validation sequence by sequence: each an equal part of its language's sums."""
    part = {
        code: np.array(list(sums.values())) / SEQUENCES for code, sums in last["languages"].items()
    }
    noise = np.random.default_rng(len(run.name)).normal(1, 0.05, (len(part), SEQUENCES))
    rows = [
        (index, nats * noise[index, number], tokens, size)
        for index, (nats, tokens, size) in enumerate(part.values())
        for number in range(SEQUENCES)
    ]
    np.savez(
        run / "validation.npz", step=last["step"], codes=np.array(list(part)), rows=np.array(rows)
    )


def _write_routing(run: Path, step: int, experts: int) -> None:
    """What the routers did: every language and piece likes some experts more than others."""
    draw = np.random.default_rng(experts)
    likes = draw.dirichlet(np.full(experts, 0.3), size=(ROUTERS, len(LANGUAGES)))
    chosen = (30_000 * likes).astype(int)
    pieces = draw.poisson(40 * draw.dirichlet(np.full(experts, 0.3), size=(ROUTERS, PIECES)))
    np.savez(
        run / "routing.npz",
        step=step,
        routers=np.array(ROUTER_NAMES),
        codes=np.array(list(LANGUAGES)),
        chosen=chosen,
        dropped=chosen // 20,
        pieces=np.array([f"▁piece{number}" for number in range(PIECES)]),
        piece_counts=pieces,
    )


def _header(experts: int, seed: int) -> dict[str, Any]:
    return {
        "kind": "run",
        "architecture": "switch_tiny" if experts else "t5_tiny",
        "parameters": 1_300_000 + 260_000 * experts,
        "active_parameters": 1_300_000,
        "flops_per_token": 4e6,
        "experts": experts,
        "seed": seed,
        "device": {"type": "cpu", "processes": 1, "name": "made up", "threads": 1},
        "data_sha256": "d" * 64,
        "config_sha256": "c" * 64,
        "config": {"model": {"experts": experts}, "command": ["data", "--seed", str(seed)]},
    }


def _sums(code: str, step: int, experts: int, noise: random.Random) -> dict[str, float]:
    difficulty = 3.2 + sum(code.encode()) % 20 / 10
    gain = 0.05 * math.log2(experts) if experts else 0.0
    loss = difficulty + 9 / math.sqrt(step + 15) - gain + noise.gauss(0, 0.01)
    return {"nll_sum": loss * 500, "tokens": 500, "bytes": 1500}


if __name__ == "__main__":
    main()
