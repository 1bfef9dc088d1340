"""The model card, read by Hugging Face's own library."""

from dataclasses import replace
from pathlib import Path

import fake_runs
import pytest
from huggingface_hub import EvalResult, ModelCard

from langs.registry import LANGUAGES
from pipeline.evaluate.comparison import build_comparison
from pipeline.evaluate.report import Report
from pipeline.evaluate.runs.metrics import read_run
from pipeline.report import model_card


def results(read: ModelCard) -> dict[tuple[str, str | None], EvalResult]:
    return {(one.metric_type, one.dataset_config): one for one in read.data.eval_results}


def test_of_two_runs(small: Report) -> None:
    read = ModelCard(model_card.page(small, "# Title\n\nText."))
    assert read.data.language == ["en", "fr", "sw"]
    assert read.data.tags == [
        "mswitch", "t5", "multilingual", "mixture-of-experts", "switch-transformer",
    ]  # fmt: skip
    assert read.data.metrics == ["perplexity", "bits_per_byte"]
    assert read.data.model_name == "switch_tiny"
    found = results(read)
    assert len(found) == 2 * 4
    english = found["perplexity", "en"]
    assert english.metric_value == pytest.approx(20.0855, abs=1e-4)  # e^3
    assert english.dataset_name == "Validation text, English"
    assert (english.dataset_split, english.dataset_revision) == ("valid", "d" * 64)
    assert found["bits_per_byte", "en"].metric_value == pytest.approx(3 / 4 / 0.693147, rel=1e-5)
    assert found["perplexity", None].metric_value == pytest.approx(46.2167, rel=1e-4)
    assert read.text.strip().startswith("# Title")
    assert f"- dense: `architecture:t5_tiny | seed:1 | data:{'d' * 64}" in read.text


def test_of_many_models_it_is_the_best(tmp_path: Path) -> None:
    runs = [
        read_run(
            fake_runs.write_run(
                tmp_path / name,
                fake_runs.header(architecture=name),
                fake_runs.valid(100, 20, 1e9, iw=-3.0 + gain),
            )
        )
        for name, gain in (("dense", 0.0), ("good", 0.5), ("better", 1.0))
    ]
    read = ModelCard(model_card.page(build_comparison(runs, runs[0]), ""))
    assert read.data.model_name == "better"
    assert read.data.language == ["he"]
    assert "mixture-of-experts" not in read.data.tags
    assert results(read)["perplexity", "iw"].metric_value == pytest.approx(7.38906)
    assert "better: 1 k parameters, 1 k of them work on a token." in read.text


def test_languages_of_directions_and_of_none(small: Report) -> None:
    names = {"en": "en", "fr": "fr-hi-Latn", "sw": "klingon"}
    languages = {names[code]: entry for code, entry in small.languages.items()}
    found = ModelCard(model_card.page(replace(small, languages=languages), "")).data.language
    assert found == ["en", "fr", "hi"]


def test_codes_are_of_today_s_iso_639(small: Report) -> None:
    languages = dict.fromkeys(LANGUAGES, small.languages["en"])
    found = ModelCard(model_card.page(replace(small, languages=languages), "")).data.language
    assert len(found) == 101
    assert all(2 <= len(code) <= 3 for code in found)
    assert "iw" not in found
