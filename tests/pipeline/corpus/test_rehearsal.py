import dataclasses
import errno
from pathlib import Path

import pytest
from wet_files import packed, record

from langs.errors import InputError
from pipeline import cli
from pipeline.corpus import graph
from pipeline.corpus.config import preset
from pipeline.corpus.job import make_corpus
from pipeline.corpus.rehearsal import rehearse

CONFIG = dataclasses.replace(preset("sample"), min_pages_per_language=1)
LINE = "All human beings are born free and equal in dignity and rights, say number {} of all {}."


@pytest.fixture
def inputs(tmp_path) -> list[str]:
    """Two files of two pages."""
    for name in "ab":
        pages = [
            record(f"http://{name}.org/{n}", "\n".join(LINE.format(i, n) for i in name + "12"))
            for n in range(2)
        ]
        (tmp_path / f"{name}.wet.gz").write_bytes(packed(pages))
    return [f"{tmp_path}/*.wet.gz"]


def listing(folder: Path) -> list[tuple[Path, int]]:
    return sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*"))


def test_it_says_what_would_be_done_and_writes_nothing(inputs, tmp_path):
    before = listing(tmp_path)
    text = rehearse(inputs, tmp_path / "out", CONFIG, workers=2)
    assert listing(tmp_path) == before
    lines = text.splitlines()
    assert lines[:2] == ["dry run: nothing is written", "input: 2 files, 0.0 MB"]
    assert f"{tmp_path}/a.wet.gz" in text
    assert "  min_line_characters: 30   (mc4: 200)" in lines
    assert f"output: {tmp_path}/out: it is to be made" in lines
    assert "with 2 workers (tried: 4 pages of 2 files; 100% of them pass" in lines[-1]


def test_it_knows_what_is_complete_or_half_done(inputs, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(graph, "finish_file", full)
        with pytest.raises(InputError):
            make_corpus(inputs, tmp_path / "out", CONFIG)
    half = rehearse(inputs, tmp_path / "out", CONFIG)
    assert "half done: 2 of 2 files are read, 0 have their documents; it would go on there" in half
    other = dataclasses.replace(CONFIG, min_words_per_line=2)
    assert "out.partial is from other settings" in rehearse(inputs, tmp_path / "out", other)
    make_corpus(inputs, tmp_path / "out", CONFIG)
    assert rehearse(inputs, tmp_path / "out", CONFIG).endswith("is complete, nothing to do")
    with pytest.raises(InputError, match="was made differently"):
        rehearse(inputs, tmp_path / "out", other)


def test_bad_input_is_told_before_the_job(tmp_path, capsys):
    (tmp_path / "x.gz").write_bytes(b"no archive")
    with pytest.raises(InputError, match="no page could be read"):
        rehearse([f"{tmp_path}/x.gz"], tmp_path / "out", CONFIG)
    command = ["corpus", "--input", f"{tmp_path}/none", "--output", f"{tmp_path}/out", "--dry-run"]
    assert cli.main(command) == 2
    assert "no file matches" in capsys.readouterr().err
