"""That the experiment trains, goes on where it was, and writes what it says; not what it finds."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
import pytest
import tiny_data

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "stability.py"
RECIPE = {
    "--steps": 4,
    "--validate-every": 2,
    "--batch-size": 2,
    "--source-tokens": 32,
    "--layers": 2,
    "--experts": 4,
    "--seeds": 2,
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_data.write(tmp_path_factory.mktemp("data"))


def run(data: Path, output: Path, *more: str) -> str:
    options = [str(part) for pair in RECIPE.items() for part in pair]
    command = [sys.executable, str(SCRIPT), "--data", str(data), "--output", str(output)]
    done = subprocess.run(
        [*command, "--threads", "1", *options, *more], check=True, capture_output=True, text=True
    )
    return done.stdout


def test_every_setting_and_seed_is_trained_once(data: Path, tmp_path: Path) -> None:
    output, table = tmp_path / "stability", tmp_path / "table.json"
    first = run(data, output, "--json", str(table))
    runs = [json.loads(line) for line in (output / "results.jsonl").read_text().splitlines()]
    rows = json.loads(table.read_text())["rows"]
    names = {row["setting"] for row in rows}
    assert len(rows) == len(names) == 4
    assert {(r["setting"]["name"], r["seed"]) for r in runs} == {
        (n, s) for n in names for s in (1, 2)
    }
    for result in runs:
        steps, qualities = zip(*result["curve"], strict=True)
        assert steps == (0, 2, 4)
        assert all(-20 < quality < 0 for quality in qualities)
    for row in rows:
        ends = [r["curve"][-1][1] for r in runs if r["setting"]["name"] == row["setting"]]
        assert row["qualities"] == ends
        assert row["mean"] == pytest.approx(sum(ends) / 2)
        assert row["setting"] in first
    ElementTree.parse(output / "stability.svg")

    held = (output / "results.jsonl").read_text()
    lines = held.splitlines(keepends=True)
    (output / "results.jsonl").write_text("".join(lines[:-1]) + lines[-1][:40])  # killed there
    again = run(data, output)
    assert again.count(", seed ") == 1
    whole = (output / "results.jsonl").read_text().splitlines()
    assert json.loads(whole[-1])["curve"] == runs[-1]["curve"]


def test_the_initial_scale_alone(data: Path, tmp_path: Path) -> None:
    printed = run(data, tmp_path, "--float32-only", "--seeds", "1")
    assert "init 0.1" in printed
    assert "init 1.0" in printed
    assert "bfloat16" not in printed
