import dataclasses
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prepare_data import write_corpus

from langs import sampling
from langs.errors import InputError
from pipeline.corpus import documents
from pipeline.prepare.config import PrepareConfig, SampleConfig
from pipeline.prepare.job import prepare
from pipeline.prepare.resample import copies, sample

PAGES = {"am": 40, "en": 400, "zh": 10}
CONFIG = SampleConfig(alpha=0.5, budget=200, budget_unit="documents")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder, PAGES, files=2)
    return folder


def read(folder: Path, language: str, split: str = "train") -> list[dict]:
    files = documents.files(folder, language, split)
    return [document for path in files for document in documents.read_documents(path)]


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.floats(0, 5))
def test_copies_come_as_near_to_the_size_wanted_as_bins_allow(sizes: list[int], times: float):
    bins = np.array([*sizes, 1])
    wanted = times * bins.sum()
    how = copies(bins, wanted)
    made = sum(int(size) * how.in_bin(number) for number, size in enumerate(bins))
    assert abs(made - wanted) <= bins.max() / 2 + 1e-6


def test_a_sample_has_the_documents_of_the_corpus_as_often_as_the_rates_say(
    corpus: Path, tmp_path: Path
) -> None:
    mixture = sample(corpus, tmp_path / "out", CONFIG)
    rates = sampling.temperature_rates(PAGES, 0.5)
    for code, size in PAGES.items():
        made, pages = read(tmp_path / "out", code), read(corpus, code)
        assert abs(len(made) - rates[code] * 200) <= 0.5
        ids = [document["id"] for document in made]
        assert len(set(ids)) == len(ids)
        times = Counter(identity.partition("-")[0] for identity in ids)
        assert max(times.values()) - min(times.get(page["id"], 0) for page in pages) <= 1
        texts = {page["id"]: page["text"] for page in pages}
        assert all(texts[each["id"].partition("-")[0]] == each["text"] for each in made)
        assert mixture["epochs"][code] == len(made) / size
        assert read(tmp_path / "out", code, "validation") == read(corpus, code, "validation")
    assert sum(mixture["made"].values()) == pytest.approx(200, abs=1.5)
    assert json.loads((tmp_path / "out" / "mixture.json").read_text()) == mixture
    assert max(mixture["epochs"].values()) > 1 > min(mixture["epochs"].values())


def test_the_same_whatever_the_files_and_workers_but_not_the_seed(
    corpus: Path, tmp_path: Path
) -> None:
    write_corpus(tmp_path / "one", PAGES, files=1)
    sample(corpus, tmp_path / "a", CONFIG)
    sample(tmp_path / "one", tmp_path / "b", CONFIG)
    sample(corpus, tmp_path / "c", CONFIG, workers=2)
    sample(corpus, tmp_path / "d", dataclasses.replace(CONFIG, seed=2))
    assert contents(tmp_path / "a") == contents(tmp_path / "c")
    for code in PAGES:
        assert read(tmp_path / "a", code) == read(tmp_path / "b", code)
    assert read(tmp_path / "a", "en") != read(tmp_path / "d", "en")


def test_prepare_reads_a_sample_and_counts_its_tokens(corpus: Path, tmp_path: Path) -> None:
    prepare(corpus, tmp_path / "prepared", PrepareConfig(vocabulary_size=500))
    tokenizer = tmp_path / "prepared" / "tokenizer"
    config = SampleConfig("unimax", max_epochs=2, unit="tokens", budget=4000, budget_unit="tokens")
    made = sample(corpus, tmp_path / "out", config, tokenizer)["made"]
    whole = prepare(
        tmp_path / "out", tmp_path / "again", PrepareConfig(alpha=1, unit="tokens"), tokenizer
    )
    assert whole["sizes"] == made
    assert sum(made.values()) == pytest.approx(4000, rel=0.02)
    assert max(whole["rates"].values()) < 0.6


def test_a_finished_sample_is_left_as_it_is_and_another_alpha_refused(
    corpus: Path, tmp_path: Path
) -> None:
    first = sample(corpus, tmp_path / "out", CONFIG)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    assert sample(corpus, tmp_path / "out", CONFIG) == first
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*")}
    with pytest.raises(InputError, match=r"alpha was 0\.5 and is now 1"):
        sample(corpus, tmp_path / "out", dataclasses.replace(CONFIG, alpha=1))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"alpha": -1}, "alpha is -1"),
        ({"budget": -5}, "budget is -5"),
        ({"budget": 1, "budget_unit": "bytes"}, "less than one document"),
        ({"unit": "pages"}, "unit is 'pages'"),
        ({"budget_unit": "tokens"}, "needs --tokenizer"),
        ({"unit": "tokens"}, "sizes in tokens need a budget in tokens"),
    ],
)
def test_bad_settings_are_named(corpus: Path, tmp_path: Path, change: dict, why: str) -> None:
    with pytest.raises(InputError, match=why):
        sample(corpus, tmp_path / "out", dataclasses.replace(CONFIG, **change))
    assert not (tmp_path / "out").exists()


def test_a_missing_corpus_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no folder"):
        sample(tmp_path / "none", tmp_path / "out", CONFIG)
