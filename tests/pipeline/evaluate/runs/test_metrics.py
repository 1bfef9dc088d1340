import json
import math
from pathlib import Path

import fake_runs
import pytest

from langs.errors import InputError
from pipeline.evaluate.runs.metrics import Sums, read_run


@pytest.fixture
def lines() -> list[dict]:
    return [
        fake_runs.header(),
        {"kind": "train", "step": 50, "loss": 6.0},
        fake_runs.valid(100, 20, 1e9, en=-4.0, fr=-5.0),
        fake_runs.valid(200, 40, 2e9, en=-3.0, fr=-4.0),
    ]


def test_reads_a_run(tmp_path: Path, lines: list[dict]) -> None:
    run = read_run(fake_runs.write_run(tmp_path, *lines))
    assert run.header == lines[0]
    assert [step.loss for step in run.train] == [6.0]
    assert [validation.cost.steps for validation in run.validations] == [100, 200]
    assert run.last.languages["fr"].neg_log_perplexity == pytest.approx(-4.0)


def test_measures_by_hand() -> None:
    # 8 bits in nats over 2 tokens and 4 bytes.
    sums = Sums(nll_sum=8 * math.log(2), tokens=2, bytes=4)
    assert sums.neg_log_perplexity == pytest.approx(-4 * math.log(2))
    assert sums.bits_per_byte == pytest.approx(2.0)
    assert sums.perplexity == pytest.approx(2**4)


def test_perplexity_of_a_diverged_run_is_still_a_number() -> None:
    assert math.isfinite(Sums(nll_sum=1e6, tokens=1, bytes=1).perplexity)


def test_missing_file_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"metrics\.jsonl: no such file"):
        read_run(tmp_path)


def test_empty_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        read_run(fake_runs.write_run(tmp_path))


def test_a_cut_last_line_is_passed_over(tmp_path: Path, lines: list[dict]) -> None:
    run = fake_runs.write_run(tmp_path, *lines)
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"kind": "valid", "step": 300, "lang')
    assert read_run(run).last.cost.steps == 200


def test_a_broken_line_in_the_middle_is_an_error(tmp_path: Path, lines: list[dict]) -> None:
    run = fake_runs.write_run(tmp_path, *lines)
    text = (run / "metrics.jsonl").read_text()
    (run / "metrics.jsonl").write_text(text.replace('"step": 100', '"step": '))
    with pytest.raises(InputError, match="line 3: not a JSON object"):
        read_run(run)


@pytest.mark.parametrize("content", [b"\xff\xfe\n", b"[1]\n", b"null\n"])
def test_lines_that_are_no_objects(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "metrics.jsonl").write_bytes(content)
    with pytest.raises(InputError, match="line 1: not a JSON object"):
        read_run(tmp_path)


def test_no_validation_yet(tmp_path: Path, lines: list[dict]) -> None:
    with pytest.raises(InputError, match="no validation yet"):
        read_run(fake_runs.write_run(tmp_path, *lines[:2]))


def test_first_line_must_be_the_run(tmp_path: Path, lines: list[dict]) -> None:
    with pytest.raises(InputError, match="first line"):
        read_run(fake_runs.write_run(tmp_path, *lines[1:]))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"nll_sum": "x", "tokens": 1, "bytes": 1}, "must be a number"),
        ({"tokens": 1, "bytes": 1}, "must be a number"),
        ({"nll_sum": math.nan, "tokens": 1, "bytes": 1}, "diverged"),
        ({"nll_sum": math.inf, "tokens": 1, "bytes": 1}, "diverged"),
        ({"nll_sum": -1.0, "tokens": 1, "bytes": 1}, '"nll_sum" is -1.0; it cannot be below 0'),
        ({"nll_sum": 1.0, "tokens": -3, "bytes": 1}, '"tokens" is -3; it cannot be below 0'),
        ({"nll_sum": 1.0, "tokens": 1, "bytes": -1}, '"bytes" is -1; it cannot be below 0'),
        ({"nll_sum": 1.0, "tokens": 1.5, "bytes": 1}, '"tokens" is 1.5; it must be a whole number'),
        (
            {"nll_sum": 1.0, "tokens": 1, "bytes": 1, "chrf++": 101},
            "is 101; it cannot be above 100",
        ),
        ([1, 2, 3], "must be an object"),
    ],
)
def test_wrong_sums(tmp_path: Path, lines: list[dict], values: object, message: str) -> None:
    lines[3]["languages"]["fr"] = values
    with pytest.raises(InputError, match=rf"line 4.*fr.*{message}"):
        read_run(fake_runs.write_run(tmp_path, *lines))


def test_a_language_without_text_is_left_out(tmp_path: Path, lines: list[dict]) -> None:
    lines[3]["languages"]["fr"] = {"nll_sum": 0, "tokens": 0, "bytes": 0}
    run = read_run(fake_runs.write_run(tmp_path, *lines))
    assert list(run.last.languages) == ["en"]


def test_steps_that_go_back(tmp_path: Path, lines: list[dict]) -> None:
    with pytest.raises(InputError, match="step 100 after step 200"):
        read_run(fake_runs.write_run(tmp_path, *lines, lines[2]))


@pytest.mark.parametrize("key", ["seconds", "flops", "tokens"])
@pytest.mark.parametrize(("value", "said"), [(1, " 1 after {key} "), (-5, '"{key}" is -5; it')])
def test_counters_that_cannot_be(
    tmp_path: Path, lines: list[dict], key: str, value: float, said: str
) -> None:
    lines[3][key] = value
    with pytest.raises(InputError, match=f"line 4.*{said.format(key=key)}"):
        read_run(fake_runs.write_run(tmp_path, *lines))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"loss": -0.5}, '"loss" is -0.5; it cannot be below 0'),
        ({"dropped_fraction": 1.5}, '"dropped_fraction" is 1.5; it cannot be above 1'),
        ({"expert_load": [[0.5, -0.1]]}, '"expert_load" is -0.1'),
        ({"step": 2.5}, '"step" is 2.5; it must be a whole number'),
        ({"step": -1}, '"step" is -1; it cannot be below 0'),
    ],
)
def test_train_lines_that_cannot_be(
    tmp_path: Path, lines: list[dict], values: dict, said: str
) -> None:
    train = {"kind": "train", "step": 50, "loss": 3.0, "dropped_fraction": 0.1}
    with pytest.raises(InputError, match=f"line 2: {said}"):
        read_run(fake_runs.write_run(tmp_path, lines[0], train | values, *lines[1:]))


def test_a_second_validation_at_one_step_takes_the_place(tmp_path: Path, lines: list[dict]) -> None:
    run = fake_runs.write_run(tmp_path, *lines, fake_runs.valid(200, 41, 2e9, en=-2.0))
    assert [validation.cost.seconds for validation in read_run(run).validations] == [30, 61.5]


def test_validation_set_must_stay(tmp_path: Path, lines: list[dict]) -> None:
    lines[3]["languages"]["fr"]["tokens"] += 1
    with pytest.raises(InputError, match="fr has 101 tokens, 100 before"):
        read_run(fake_runs.write_run(tmp_path, *lines))


def test_a_resumed_run_may_repeat_its_first_line_but_not_with_other_data(
    tmp_path: Path, lines: list[dict]
) -> None:
    read_run(fake_runs.write_run(tmp_path, *lines, lines[0]))
    other = json.loads(json.dumps(lines[0])) | {"data_sha256": "e" * 64}
    with pytest.raises(InputError, match="other data"):
        read_run(fake_runs.write_run(tmp_path, *lines, other))
