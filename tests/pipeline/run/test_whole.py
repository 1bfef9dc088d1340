"""A whole run, small but with nothing left out: Beam, cld3, SentencePiece, fairseq, the report."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from contract import section

ROOT = Path(__file__).parents[3]
CONFIG = """
input: ['{root}/pipeline/sample/wet/sample-0000[01].warc.wet.gz']
output: run
preset: sample
corpus: {{languages: [de, en, fi, ru], min_pages_per_language: 1}}
prepare: {{vocabulary_size: 1000}}
pretrain:
  steps: 4
  batch_size: 8
  source_tokens: 32
  log_every: 2
  validate_every: 2
  validation_sequences: 4
  save_every: 2
switch: {{experts: 4}}
parallel: ['{root}/pipeline/sample/parallel/en-de.tsv.gz']
finetune: {{steps: 2, max_tokens: 512, validate_every: 2, validation_pairs: 4, translated_pairs: 2}}
translate: {{split: valid, beams: 1}}
"""
STAGES = ("corpus", "prepare", "dense", "switch", "report")
TRANSLATION = ("bitext", "dense", "switch", "dense", "switch", "scores")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole run")
    (path / "run.yaml").write_text(CONFIG.format(root=ROOT))
    return path


def mswitch_run(folder: Path, *overrides: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pipeline.cli", "run", "run.yaml", *overrides]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def first(folder: Path) -> "subprocess.CompletedProcess[str]":
    return mswitch_run(folder)


def test_a_run_goes_from_web_pages_to_the_report(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    assert first.returncode == 0, first.stderr
    report = json.loads((folder / "run" / "report" / "report.json").read_text())
    assert set(report["languages"]) == {"de", "en", "fi", "ru"}
    assert report["summary"]["languages_compared"] == 4
    assert [report["runs"][side]["experts"] for side in ("baseline", "model")] == [0, 4]


def test_translators_of_both_models_are_scored_on_the_same_text(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    scores = json.loads((folder / "run" / "translation" / "scores" / "score.json").read_text())
    assert set(scores["directions"]) == {"de-en", "en-de"}
    assert list(scores["summary"]["systems"]) == ["dense", "switch"]
    assert scores["baseline"] == "dense"


def test_a_run_writes_the_files_of_the_contract(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    files = sorted(
        path.relative_to(folder / "run").as_posix()
        for path in (folder / "run").rglob("*")
        if path.is_file()
    )
    named = [re.sub(r"tfevents\..*", "tfevents.*", name) for name in files]
    assert named == section("files of a run")


def test_it_says_what_it_does_and_ends_with_the_summary(
    first: "subprocess.CompletedProcess[str]",
) -> None:
    for number, name in enumerate(STAGES + TRANSLATION, 1):
        assert f"[{number}/11] {name}: " in first.stderr
        assert f"[{number}/11] done in " in first.stderr
    assert "Languages better" in first.stdout
    assert "Report: run/report/index.html" in first.stdout.splitlines()
    assert first.stdout.splitlines()[-1] == "Scores: run/translation/scores/index.html"
    assert "\r" not in first.stdout + first.stderr


def test_the_second_time_everything_is_skipped(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    second = mswitch_run(folder)
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert (second.returncode, second.stdout) == (0, first.stdout)
    assert "] done in" not in second.stderr
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert {path.name for path in changed if path.suffix != ".log"} <= {"config.yaml"}


def test_the_merged_file_gives_the_same_run(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    (folder / "again.yaml").write_text((folder / "run" / "config.yaml").read_text())
    command = [sys.executable, "-m", "pipeline.cli", "run", "again.yaml"]
    again = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert (again.returncode, again.stdout) == (0, first.stdout)


def test_other_settings_are_refused_and_change_nothing(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    kept = (folder / "run" / "config.yaml").read_text()
    other = mswitch_run(folder, "switch.experts=8")
    assert other.returncode == 2
    assert other.stderr.splitlines()[-1] == (
        "error: switch: run/switch was made differently: experts was 4 and is now 8; "
        "choose another --output or delete the folder (log: run/logs/switch.log)"
    )
    assert (folder / "run" / "config.yaml").read_text() == kept


def test_further_seeds_and_variants_are_trained_and_compared(
    folder: Path, first: "subprocess.CompletedProcess[str]"
) -> None:
    """The shards of the first run serve again; only what is new is trained."""
    (folder / "run.yaml").write_text(
        CONFIG.format(root=ROOT) + "further_seeds: [2]\nvariants: {experts-2: {experts: 2}}\n"
    )
    result = mswitch_run(folder)
    assert result.returncode == 0, result.stderr
    for number, name in enumerate(("dense-seed2", "switch-seed2", "experts-2", "comparison"), 5):
        assert f"[{number}/15] {name}: " in result.stderr
    report = json.loads((folder / "run" / "comparison" / "report.json").read_text())
    assert sorted((model["experts"], model["seeds"]) for model in report["models"].values()) == [
        (0, [1, 2]), (2, [1]), (4, [1, 2]),
    ]  # fmt: skip
