"""Held-out text of a folder of bitext, translated in every direction of its mixture."""

import gzip
import json
from pathlib import Path

import pytest

from langs.errors import InputError
from pipeline.stages import folders
from pipeline.translation.translate.held_out import TranslateConfig, translate_split

GREEDY = TranslateConfig(beams=1)


@pytest.fixture
def bitext(tmp_path: Path) -> Path:
    """Two test pairs; the mixture has de-en, en-de, and en-zh, which has no test text."""
    with folders.partial_folder(tmp_path / "bitext") as folder:
        (folder / "clean" / "test").mkdir(parents=True)
        with gzip.open(folder / "clean" / "test" / "de-en.tsv.gz", "wt", encoding="utf-8") as file:
            file.write("de\ten\neins\tone\nzwei drei\ttwo three\n")
        rates = {"de-en": 0.5, "en-de": 0.25, "en-zh": 0.25}
        (folder / "mixture.json").write_text(json.dumps({"directions": rates}))
        folders.mark_complete(folder, {"configuration": 1}, {})
    return tmp_path / "bitext"


def test_each_direction_with_text_gets_a_file_with_a_line_for_each_pair(
    tagged: Path, bitext: Path, tmp_path: Path
) -> None:
    translate_split(tagged, bitext, tmp_path / "out", GREEDY)
    found = {path.name: path.read_text() for path in (tmp_path / "out").glob("*.txt")}
    assert sorted(found) == ["de-en.txt", "en-de.txt"]
    assert {text.count("\n") for text in found.values()} == {2}


def test_what_is_complete_is_skipped_and_another_search_is_refused(
    tagged: Path, bitext: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out"
    translate_split(tagged, bitext, output, GREEDY)
    before = (output / "de-en.txt").stat().st_mtime_ns
    translate_split(tagged, bitext, output, GREEDY)
    assert (output / "de-en.txt").stat().st_mtime_ns == before
    with pytest.raises(InputError, match="beams was 1 and is now 2"):
        translate_split(tagged, bitext, output, TranslateConfig(beams=2))


def test_a_split_without_text_is_told(tagged: Path, bitext: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no direction has text there"):
        translate_split(tagged, bitext, tmp_path / "out", TranslateConfig(split="valid"))
