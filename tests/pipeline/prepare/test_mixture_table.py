import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree

from pipeline.prepare import language_mixture, mixture_table
from pipeline.prepare.config import PrepareConfig

SVG = "{http://www.w3.org/2000/svg}"


def counts(documents: int) -> dict[str, dict[str, int]]:
    return {"train": {"documents": documents, "characters": 1, "bytes": 1}, "validation": {}}


def mixture(alpha: float = 0.5) -> dict:
    config = PrepareConfig(alpha=alpha, token_budget=8000)
    return language_mixture.mixture(
        config, {"yo": counts(100), "en": counts(400)}, {"yo": 1000, "en": 3000}
    )


def test_the_table_tells_before_and_after_with_the_largest_language_first() -> None:
    lines = mixture_table.text(mixture()).splitlines()
    assert lines[0] == (
        "2 languages by temperature, alpha 0.5, on documents; 8,000 tokens of training"
    )
    assert [re.split(r"\s{2,}", line.strip()) for line in lines[2:]] == [
        ["language", "documents", "corpus", "training", "times", "epochs"],
        ["en", "English", "400", "75.000%", "66.667%", "0.89", "1.78"],
        ["yo", "Yoruba", "100", "25.000%", "33.333%", "1.33", "2.67"],
    ]


def test_the_files_tell_the_same(tmp_path: Path) -> None:
    mixture_table.write(tmp_path, mixture())
    assert json.loads((tmp_path / "mixture.json").read_text()) == mixture()
    with (tmp_path / "mixture.csv").open() as stream:
        first, second = csv.DictReader(stream)
    assert (first["language"], first["documents"], first["corpus_share"]) == ("en", "400", "0.75")
    assert float(second["training_share"]) == round(1 / 3, 8)
    assert float(second["epochs"]) == round(8 / 3, 7)


def test_the_plot_has_a_line_for_each_language_from_before_to_after(tmp_path: Path) -> None:
    mixture_table.write(tmp_path, mixture(alpha=0))
    groups = ElementTree.parse(tmp_path / "mixture.svg").getroot().findall(f"{SVG}g")
    assert [group.findall(f"{SVG}text")[1].text for group in groups] == ["English", "Yoruba"]
    ways = []
    for group in groups:
        line = group.find(f"{SVG}line")
        before, after = (circle.get("cx") for circle in group.findall(f"{SVG}circle"))
        assert (line.get("x1"), line.get("x2")) == (before, after)
        ways.append((line.get("class"), float(after)))
    assert [way for way, _ in ways] == ["down", "up"]
    assert ways[0][1] == ways[1][1]  # uniform


def test_a_language_that_a_large_alpha_leaves_out_can_be_drawn(tmp_path: Path) -> None:
    mixture_table.write(tmp_path, mixture(alpha=9999))
    assert mixture_table.text(mixture(alpha=9999)).count("  0.000%") == 1


def test_one_language_can_be_drawn(tmp_path: Path) -> None:
    made = language_mixture.mixture(PrepareConfig(), {"en": counts(4)}, {"en": 30})
    mixture_table.write(tmp_path, made)
    assert "100.000%" in mixture_table.text(made)
    assert len(ElementTree.parse(tmp_path / "mixture.svg").getroot().findall(f"{SVG}g")) == 1
