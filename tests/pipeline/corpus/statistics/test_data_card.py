import dataclasses
import json
from pathlib import Path

import pytest
import yaml

from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.documents import FORMATS, shard_path, write_documents
from pipeline.corpus.statistics import data_card


def splits(train: int, validation: int) -> dict[str, dict[str, int]]:
    return {
        name: {"documents": n, "lines": 2 * n, "characters": 30 * n, "bytes": 1000 * n}
        for name, n in (("train", train), ("validation", validation))
    }


STATISTICS = {
    "languages": {"no": splits(2, 0), "zh-Latn": splits(1, 1), "sw": splits(3000, 4)},
    "funnel": [
        {"filter": "read", "pages_in": 4000, "pages_out": 3009, "reasons": {"no_text": 991}},
        {"filter": "language", "pages_in": 3009, "pages_out": 3008, "reasons": {"not|wanted": 1}},
    ],
}


@pytest.fixture
def corpus(tmp_path):
    for code in STATISTICS["languages"]:
        for form in FORMATS:
            path = shard_path(tmp_path, code, "train", 0, 1, form)
            path.parent.mkdir(parents=True, exist_ok=True)
            body = {"text": f"{code}: " + "ab\n~~~\n# c" * 90, "id": f"{code}-id"}
            with path.open("wb") as stream:
                write_documents(stream, [json.dumps(body).encode()], form)
    return tmp_path


def metadata(text: str) -> dict:
    return yaml.safe_load(text.split("---\n")[1])


@pytest.mark.parametrize("form", FORMATS)
def test_the_head_names_every_language_and_split_that_has_documents(corpus, form):
    head = metadata(data_card.text(corpus, STATISTICS, CorpusConfig(output_format=form)))
    assert head["language"] == ["no", "sw", "zh"]
    found = {
        each["config_name"]: {file["split"]: file["path"] for file in each["data_files"]}
        for each in head["configs"]
    }
    assert set(found) == set(STATISTICS["languages"])
    assert set(found["no"]) == {"train"}
    assert found["sw"] == {
        split: f"documents/sw/{split}-*{FORMATS[form]}" for split in ("train", "validation")
    }
    assert list(corpus.glob(found["sw"]["train"]))


def test_the_card_tells_counts_funnel_settings_and_examples(corpus):
    config = CorpusConfig(min_words=7)
    text = data_card.text(corpus, STATISTICS, config)
    assert "3,008 documents, 3.0 MB" in text
    assert "| sw | Swahili | 3,000 | 6,000 | 90,000 | 3,000,000 | 4 |" in text
    assert "| read | 4,000 | 3,009 | no_text 991 |" in text
    assert "not\\|wanted 1" in text
    assert (
        "| `min_words` | `7` | fewest words of a page; 0: off | Quality (Gopher, A.1.1) |" in text
    )
    example = text.split("id `sw-id`:\n\n")[1].split("\n\n")[0].split("\n")
    assert all(line.startswith("    ") for line in example)
    assert "\n".join(line[4:] for line in example).endswith(" ...")
    assert "licence" in text.lower()


def test_every_setting_that_decides_on_documents_is_there_once(corpus):
    text = data_card.text(corpus, STATISTICS, CorpusConfig())
    for field in dataclasses.fields(CorpusConfig):
        assert text.count(f"| `{field.name}` |") == (
            field.name not in ("hash_buckets", "paths_prefix")
        )


def test_how_the_job_ran_changes_nothing(corpus):
    one, two = (CorpusConfig(hash_buckets=n, paths_prefix=str(Path(str(n)))) for n in (1, 2))
    assert data_card.text(corpus, STATISTICS, one) == data_card.text(corpus, STATISTICS, two)
