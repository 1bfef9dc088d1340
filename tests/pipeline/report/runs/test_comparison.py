import csv
import io
import json
import re
from pathlib import Path

import browser
import fake_runs
import pytest
from changed import changed, renamed

from langs.errors import InputError
from pipeline import cli
from pipeline.evaluate.report import Report
from pipeline.report.build import compare_models
from pipeline.report.runs.csv_tables import curves_csv, groups_csv, languages_csv, models_csv
from pipeline.report.runs.headline import headline, main_lines, shown_model
from pipeline.report.runs.page import html
from pipeline.report.runs.tables import group_tables, markdown, ranged, screen_text, tables

FILES = {
    "README.md", "_SUCCESS.json", "curves.csv", "groups.csv", "index.html",
    "gains.png", "languages.csv", "learning_curves.png", "models.csv", "parameters.png",
    "report.json", "speedups.png", "tables.tex",
}  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A baseline, two Switch models with two seeds, one worse than it, and a student."""
    parent = tmp_path_factory.mktemp("runs")
    made = {}
    for name, experts, seed, gain in [
        ("dense1", 0, 1, 0.0), ("dense2", 0, 2, 0.01), ("switch1", 8, 1, 1.0),
        ("switch2", 8, 2, 1.02), ("worse", 4, 1, -1.0), ("student", 0, 1, 0.25),
    ]:  # fmt: skip
        kind = "switch_tiny" if experts else "student" if name == "student" else "t5_tiny"
        config = {"model": {"experts": experts, "capacity_factor": 1.25, "top_k": 2}}
        header = fake_runs.header(
            architecture=kind, experts=experts, seed=seed, parameters=1000 * (1 + experts),
            config=config,
        )  # fmt: skip
        lines = [
            fake_runs.valid(step, step / 5, step * 1e7, en=-6 + step / 100 + gain, ru=-7 + gain)
            for step in (100, 200)
        ]
        made[name] = fake_runs.write_run(parent / name, header, *lines)
    return made


@pytest.fixture(scope="module")
def report(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Report:
    output = tmp_path_factory.mktemp("made") / "report"
    runs = list(folders.values())
    return compare_models(runs, folders["dense1"], output, teacher=folders["switch2"])


def test_headline_names_the_best(report: Report) -> None:
    assert headline(report).startswith(
        "switch_tiny experts=8 is the best of 4 models: better than t5_tiny on 2 of 2 languages"
    )


def test_every_table_has_its_rows(report: Report) -> None:
    found = {table.title: table for table in [*tables(report), *group_tables(report)]}
    assert [len(table.rows) for table in found.values()] == [4, 3, 4, 1, 1, 2, 1]
    by_script = found["Gain by script"]
    assert by_script.headings[:3] == ["Group", "Languages", "switch_tiny experts=8"]
    assert by_script.rows[0][:3] == ["Cyrillic", "1", "+1.005 (1 / 0)"]
    switch = next(row for row in found["Gain over the baseline"].rows if "experts=8" in row[0])
    assert re.fullmatch(r"\+1\.005 \(\+0\.\d+ to \+1\.\d+\)", switch[1])
    (student,) = found["Distillation"].rows
    assert student[:2] == ["student", "1 k"]
    assert student[3:] == ["24 %", "24 %", "89 %"]  # (0.25 - 0.005) / 1.005, and 1 - 1000 / 9000
    worse = next(row for row in found["Time to a quality"].rows if "experts=4" in row[0])
    assert worse[1:] == ["1.25", "2", "−6.500", "5", "not reached", "–", "–"]


def test_no_capacity_factor_is_no_limit(report: Report) -> None:
    name = "switch_tiny experts=4"
    unlimited = changed(
        report, lambda content: content["models"][name].update(capacity_factor="None")
    )
    (table,) = (one for one in tables(unlimited) if one.title == "Time to a quality")
    assert {row[0]: row[1] for row in table.rows} == {
        "t5_tiny": "–",
        "switch_tiny experts=8": "1.25",
        "switch_tiny experts=4": "no limit",
        "student": "–",
    }


def test_markdown_and_screen_hold_all_tables(report: Report) -> None:
    page = markdown(report, [("parameters.png", "Sizes")])
    assert "![Sizes](parameters.png)" in page
    for table in [*tables(report), *group_tables(report)]:
        assert f"## {table.title}" in page
    for table in tables(report):
        assert table.title in screen_text(report)


def test_models_csv(report: Report) -> None:
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(models_csv(report)))}
    switch = rows["switch_tiny experts=8"]
    assert (switch["role"], switch["seeds"], switch["better"]) == ("teacher", "1 2", "2")
    assert float(switch["mean_gain_low"]) < 1.005 < float(switch["mean_gain_high"])
    assert rows["t5_tiny"]["mean_gain"] == ""


def test_curves_csv_has_every_language_and_the_mean(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(curves_csv(report))))
    assert len(rows) == 4 * 3 * 2
    student = [row for row in rows if row["model"] == "student" and row["steps"] == "200"]
    found = {row["code"]: float(row["neg_log_perplexity"]) for row in student}
    assert found == pytest.approx({"mean": -5.25, "en": -3.75, "ru": -6.75})
    assert {row["seconds"] for row in student} == {"40.0"}


def test_groups_csv(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(groups_csv(report))))
    assert len(rows) == 3 * 4
    worse = [row for row in rows if row["model"] == "switch_tiny experts=4"]
    assert {row["better"] for row in worse} == {"0"}
    assert {row["mean_step_speedup"] for row in worse} == {""}


def test_languages_csv(report: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(languages_csv(report))))
    assert len(rows) == 2 * 4
    switch = next(
        row for row in rows if row["code"] == "ru" and row["model"] == "switch_tiny experts=8"
    )
    assert float(switch["gain"]) == pytest.approx(1.005)
    assert (switch["significant"], switch["status"]) == ("1", "by_first_validation")
    worse = next(row for row in rows if row["model"] == "switch_tiny experts=4")
    assert (worse["significant"], worse["gain_low"], worse["step_speedup"]) == ("", "", "")


def test_the_page_loads_nothing_and_escapes(report: Report) -> None:
    page = html(renamed(report, "en", "<i>English</i>"))
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|url\(|fetch\(", page)
    assert "<i>English" not in page
    assert page.count("<tr data-code=") == 2
    assert 'title="significant"' in page
    assert page.count('class="sparkline"') == 2
    assert page.count('class="spark line-3"') == 2  # the fourth model in both


@pytest.mark.skipif(browser.CHROMIUM is None, reason="chromium is not installed")
def test_the_page_in_a_browser(report: Report, tmp_path: Path) -> None:
    script = """
    seen.columns = columns(); set("#measure", "perplexity", "change"); seen.switched = columns();
    const best = by('[data-key="perplexity student"]');
    best.click(); seen.down = codes(); best.click(); seen.up = codes();
    type("cyrillic"); seen.found = by("#found").textContent; seen.codes = codes();
    by('tr[data-code="ru"] .name').click(); set("#language", "en", "change");
    seen.chosen = chips(); seen.captions = captions();
    seen.curve_tip = hover('[data-code="en"] svg', 0.99); seen.shown = by("#tip").textContent;
    seen.language_tip = hover(".column"); seen.bar_tip = hover(".histogram rect");
    """
    seen = browser.visit(html(report), script, tmp_path)
    assert seen["errors"] == []
    assert seen["overflow"] <= 0
    assert "t5_tiny" not in seen["columns"]  # the baseline has no gain over itself
    assert "t5_tiny" in seen["switched"]
    assert (seen["found"], seen["codes"]) == ("1 of 2 languages", ["ru"])
    assert (seen["down"], seen["up"]) == (["ru", "en"], ["en", "ru"])
    assert seen["chosen"] == ["Mean of all languages", "Russian", "English"]
    # Of English (a point a step slope of 0.01): 1.005 sooner, 1 later and 0.245 sooner than dense.
    assert seen["captions"][2] == "English≥ 2.00×not reached1.14×"
    assert "student, step 200: −3.750" in seen["curve_tip"].split("\n")
    assert seen["shown"] == seen["curve_tip"]
    assert seen["language_tip"].startswith("Russian (ru)\nt5_tiny: −6.995\n")
    assert "student: −6.750 (+0.245)" in seen["language_tip"]
    assert seen["bar_tip"].endswith("languages\nen, ru")


def test_tiles_are_of_the_best_model_or_the_first(report: Report) -> None:
    shown = shown_model(report)
    better, *_ = main_lines(report, shown)
    assert (shown.name, better.result, better.paper) == ("switch_tiny experts=8", "100 %", "100 %")
    quality = {"neg_log_perplexity": 0.0}
    worse = changed(report, lambda content: content["models"]["t5_tiny"]["quality"].update(quality))
    assert shown_model(worse).name == "switch_tiny experts=8"
    assert headline(worse).startswith("No model ends better than t5_tiny")


def test_one_validation_only(tmp_path: Path) -> None:
    runs = [
        fake_runs.write_run(
            tmp_path / name,
            fake_runs.header(architecture=name),
            fake_runs.valid(100, 20, 1e9, en=-3.0 + gain),
        )
        for name, gain in (("dense", 0.0), ("better", 0.5), ("equal", 0.0), ("worse", -1.0))
    ]
    report = compare_models(runs, runs[0], tmp_path / "report")
    models = report.languages["en"].models
    assert [models[name].gain.reach.status for name in ("better", "equal", "worse")] == [
        "by_first_validation", "by_first_validation", "not_reached",
    ]  # fmt: skip
    assert [models[name].gain.reach.step_speedup for name in ("better", "equal", "worse")] == [
        1,
        1,
        None,
    ]


def test_an_interval_stands_behind_its_value() -> None:
    assert ranged("2", (1, 3), str) == "2 (1 to 3)"
    assert ranged("2", None, str) == "2"


def test_the_command_writes_the_whole_folder_once(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, data = tmp_path / "report", tmp_path / "data.json"
    command = ["evaluate", str(folders["switch1"]), "--baseline", str(folders["dense1"])]
    command += ["--quality=-5", "--output", str(output), "--json", str(data)]
    assert cli.main(command) == 0
    assert {path.name for path in output.iterdir()} == FILES
    assert json.loads(data.read_text()) == json.loads((output / "report.json").read_text())
    assert "Steps to −5.000" in capsys.readouterr().out
    before = (output / "index.html").stat().st_mtime_ns
    assert cli.main(command) == 0
    assert (output / "index.html").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "give --dense RUN and --switch RUN"),
        (["--dense", "a"], "belong together"),
        (["--dense", "a", "--switch", "b", "c"], "but not both"),
        (["--dense", "a", "--switch", "b", "--baseline", "c"], "but not both"),
        (["a"], "--baseline RUN"),
        (["--baseline", "a"], "nothing to compare"),
    ],
)
def test_wrong_choices_are_one_line(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["evaluate", *options, "--output", "nowhere"]) == 2
    assert message in capsys.readouterr().err


def test_a_run_that_is_not_there(folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        compare_models([tmp_path / "none"], folders["dense1"], tmp_path / "report")
    assert not (tmp_path / "report").exists()
