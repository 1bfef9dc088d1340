import json
from pathlib import Path

import fake_runs
import pytest

from langs.errors import InputError
from pipeline.report.build import closing_text, compare_runs

FILES = {
    "README.md", "_SUCCESS.json", "curves.csv", "gains.png", "groups.csv", "index.html",
    "languages.csv", "learning_curve.png", "report.json", "routers.csv", "speedups.png",
    "tables.tex",
}  # fmt: skip


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    return fake_runs.write_realistic_pair(tmp_path, languages=3, validations=3)


def test_writes_the_whole_folder(pair: tuple[Path, Path], tmp_path: Path) -> None:
    report = compare_runs(*pair, tmp_path / "report")
    assert {path.name for path in (tmp_path / "report").iterdir()} == FILES
    assert json.loads((tmp_path / "report/report.json").read_text()) == report.to_json()
    assert (tmp_path / "report/gains.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob("*.partial"))


def test_the_same_again_does_nothing(pair: tuple[Path, Path], tmp_path: Path) -> None:
    first = compare_runs(*pair, tmp_path / "report")
    before = (tmp_path / "report/index.html").stat().st_mtime_ns
    assert compare_runs(*pair, tmp_path / "report") == first
    assert (tmp_path / "report/index.html").stat().st_mtime_ns == before


def test_grown_metrics_rebuild_the_report(pair: tuple[Path, Path], tmp_path: Path) -> None:
    compare_runs(*pair, tmp_path / "report")
    dense, switch = fake_runs.write_realistic_pair(tmp_path, languages=3, validations=4)
    compare_runs(dense, switch, tmp_path / "report")
    made = json.loads((tmp_path / "report/report.json").read_text())
    assert made["summary"]["model_steps"] == 400


def test_rebuilding_gives_the_same_bytes(pair: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        compare_runs(*pair, tmp_path / name)
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_folder_of_other_files_is_left_alone(pair: tuple[Path, Path], tmp_path: Path) -> None:
    precious = tmp_path / "home" / "thesis.txt"
    precious.parent.mkdir()
    precious.write_text("years of work")
    with pytest.raises(InputError, match="did not make"):
        compare_runs(*pair, precious.parent)
    assert precious.read_text() == "years of work"


def test_a_finished_folder_of_another_stage_is_left_alone(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    shards = tmp_path / "shards"
    shards.mkdir()
    marker = {"fingerprint": {"configuration": {"alpha": 0.3}, "inputs": {}}, "summary": {}}
    (shards / "_SUCCESS.json").write_text(json.dumps(marker))
    with pytest.raises(InputError, match="not a report"):
        compare_runs(*pair, shards)
    assert (shards / "_SUCCESS.json").exists()


def test_a_failed_comparison_leaves_no_folder(pair: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        compare_runs(pair[0], tmp_path / "nowhere", tmp_path / "report")
    assert not (tmp_path / "report").exists()


def test_closing_text_says_the_result_and_where(pair: tuple[Path, Path], tmp_path: Path) -> None:
    report = compare_runs(*pair, tmp_path / "report")
    lines = closing_text(report, tmp_path / "report").splitlines()
    assert lines[0].startswith("Measure")
    assert lines[-1] == f"Report: {tmp_path / 'report' / 'index.html'}"


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 3}', '{"format": 8}'])
def test_a_damaged_report_tells_what_to_do(
    pair: tuple[Path, Path], tmp_path: Path, content: str
) -> None:
    compare_runs(*pair, tmp_path / "report")
    (tmp_path / "report/report.json").write_text(content)
    with pytest.raises(InputError, match=r"report/report\.json.*delete its folder to make it"):
        compare_runs(*pair, tmp_path / "report")


@pytest.mark.parametrize(("given", "kept"), [(1.3e6, 1_300_000), ("many", None), (None, None)])
def test_a_size_in_the_first_line_may_be_of_any_kind(
    tmp_path: Path, given: object, kept: int | None
) -> None:
    runs = []
    for name, experts in (("dense", 0), ("switch", 4.0)):
        header = fake_runs.header(architecture=name, experts=experts, parameters=given)
        runs.append(fake_runs.write_run(tmp_path / name, header, fake_runs.valid(9, 1, 1, en=-4)))
    models = compare_runs(*runs, tmp_path / "report").models
    assert [entry.parameters for entry in models.values()] == [kept, kept]
    assert models["model"].experts == 4


def test_the_file_of_two_runs_keeps_its_keys(pair: tuple[Path, Path], tmp_path: Path) -> None:
    """The keys that docs/evaluation.md promises beside those of a comparison."""
    made = compare_runs(*pair, tmp_path / "report").to_json()
    model = made["models"]["model"]
    assert made["groups"] == model["against_baseline"]["groups"]
    assert made["validations"]["model"] == model["validations"]
    assert made["mean"]["status"] == model["against_baseline"]["mean_curve"]["status"]
    assert made["mean"]["curve"]["model"] == model["curve"]["neg_log_perplexity"]
    assert made["routing"]["baseline"] is None
    assert len(made["routing"]["model"]["expert_load"]) == 2
    assert made["runs"]["baseline"]["architecture"] == "t5_tiny"
