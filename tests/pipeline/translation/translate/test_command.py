"""`mswitch translate`, as users run it."""

import gzip
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from models.generation.text_model import load
from models.generation.translation import Instruction, Search, translate
from pipeline import cli
from pipeline.translation.translate import translator

TO_GERMAN = ("--source", "en", "--target", "de", "--max-length", "12")
LINES = ["born free", "", "and rights, and dignity; equal and free", "  ", "Rechten", "free"]


def mswitch(*words: object) -> int:
    return cli.main(["translate", *(str(word) for word in words)])


def expected(checkpoint: Path, beams: int = 4, n_best: int = 1) -> list[list[tuple[str, float]]]:
    """The translations of LINES into German, one line at a time."""
    model, tokenizer = load(checkpoint)
    search = Search(beams, n_best=n_best, max_length=12)
    tag = Instruction(tag=(tokenizer.tag("de"),))
    found = []
    for line in LINES:
        source = tag.source(tokenizer, line)
        translations = translate(model, tokenizer, [source], search)[0] if line.strip() else []
        found.append([(t.text, t.score) for t in translations] or [("", 0.0)])
    return found


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "en.txt"
    path.write_text("\n".join(LINES), encoding="utf-8")
    return path


def test_lines_stay_in_order_and_empty_ones_empty(
    tagged: Path, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "new" / "de.txt"
    wanted = [found[0][0] for found in expected(tagged)]
    for window in (1, 2, 100):
        monkeypatch.setattr(translator, "WINDOW_LINES", window)
        assert mswitch("--checkpoint", tagged, *TO_GERMAN, "--input", text, "--output", out) == 0
        assert out.read_text(encoding="utf-8").split("\n") == [*wanted, ""]
    assert len(set(wanted)) > 2
    assert [path.name for path in out.parent.iterdir()] == ["de.txt"]


def test_n_best_with_scores(tagged: Path, text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--checkpoint", tagged, *TO_GERMAN, "--input", text, "--n-best", 3)
    wanted = expected(tagged, n_best=3)
    assert mswitch(*options) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    flat = [(n, *one) for n, found in enumerate(wanted, 1) for one in found]
    assert [(int(number), text) for number, _, text, *_ in rows] == [
        (n, text) for n, text, _ in flat
    ]
    assert [float(score) for _, score, *_ in rows] == pytest.approx([s for *_, s in flat], rel=1e-4)
    assert mswitch(*options, "--format", "jsonl") == 0
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["line"] for one in objects] == list(range(1, 7))
    assert [one["source"] for one in objects] == LINES
    assert [[t["text"] for t in one["translations"]] for one in objects] == [
        [text for text, _ in found] for found in wanted
    ]


def test_greedy_and_its_scores(
    tagged: Path, text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--checkpoint", tagged, *TO_GERMAN, "--input", text, "--beams", 1)
    assert mswitch(*options) == 0
    plain = capsys.readouterr().out.splitlines()
    assert plain == [found[0][0] for found in expected(tagged, beams=1)]
    assert mswitch(*options, "--format", "tsv") == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[2] for row in rows] == plain
    assert all(float(row[1]) <= 0 for row in rows)


def test_packed_files_and_several(
    tagged: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress("\ufeffborn free\r\n".encode()))
    (tmp_path / "b.zst").write_bytes(zstandard.compress(b"Rechten"))
    files = (tmp_path / "a.gz", tmp_path / "b.zst")
    assert mswitch("--checkpoint", tagged, *TO_GERMAN, "--input", *files) == 0
    wanted = expected(tagged)
    assert capsys.readouterr().out.splitlines() == [wanted[0][0][0], wanted[4][0][0]]


def test_a_prefix_serves_models_without_tags(
    untagged: Path, text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--checkpoint", untagged, "--input", text, "--max-length", 12)
    assert mswitch(*options, "--prefix", "translate English to German: ") == 0
    model, tokenizer = load(untagged)
    source = Instruction(prefix="translate English to German: ").source(tokenizer, LINES[0])
    (wanted,) = translate(model, tokenizer, [source], Search(max_length=12))
    assert capsys.readouterr().out.splitlines()[0] == wanted[0].text
    assert mswitch(*options, *TO_GERMAN[:4]) == 2
    assert "give --prefix" in capsys.readouterr().err


def test_first_lines_of_a_slow_pipe_come_out_at_once(tagged: Path) -> None:
    command = [sys.executable, "-m", "pipeline.cli", "translate", "--checkpoint", str(tagged)]
    with subprocess.Popen(
        [*command, *TO_GERMAN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin
        assert process.stdout
        for line, wanted in zip(LINES[:3], expected(tagged), strict=False):
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
            assert process.stdout.readline().decode() == wanted[0][0] + "\n"
        out, _ = process.communicate(timeout=60)
    assert (out, process.returncode) == (b"", 0)


@pytest.mark.parametrize("form", ["text", "tsv", "jsonl"])
def test_translations_at_the_length_limit_are_marked(
    tagged: Path, text: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    """The model's weights are random: none of its translations ends in so few tokens."""
    options = ("--checkpoint", tagged, *TO_GERMAN[:4], "--input", text, "--format", form)
    assert mswitch(*options, "--max-length", 2) == 0
    said = capsys.readouterr()
    assert "4 translations came to the longest length" in said.err
    assert said.err.rstrip().endswith("of line 1, 3, 5, 6")
    rows = said.out.splitlines()
    if form == "tsv":
        assert [row.endswith("\tcut") for row in rows] == [True, False, True, False, True, True]
    if form == "jsonl":
        marks = [json.loads(row)["translations"][0]["cut"] for row in rows]
        assert marks == [True, False, True, False, True, True]


def test_no_ngram_twice(tagged: Path, text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--checkpoint", tagged, *TO_GERMAN[:4], "--input", text, "--max-length", 30)
    assert mswitch(*options, "--no-repeat-ngram", 1, "--beams", 1) == 0
    model, tokenizer = load(tagged)
    source = [tokenizer.tag("de"), *tokenizer.encode(LINES[0]), 1]
    search = Search(1, max_length=30, no_repeat_ngram=1)
    (wanted,) = translate(model, tokenizer, [source], search)
    assert capsys.readouterr().out.splitlines()[0] == wanted[0].text


def from_pipe(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_what_comes_before_bad_input_is_translated(
    tagged: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "de.txt"
    from_pipe(monkeypatch, b"born free\ncaf\xe9\nRechten\n")
    assert mswitch("--checkpoint", tagged, *TO_GERMAN, "--output", out) == 2
    told = capsys.readouterr().err
    assert "error: standard input, line 2: not UTF-8 (byte 0xe9 at byte 4)" in told
    assert f"so far is in {out}.partial" in told
    assert not out.exists()
    partial = out.with_name("de.txt.partial").read_text(encoding="utf-8")
    assert partial.splitlines() == [expected(tagged)[0][0][0]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("born\n".encode("utf-16"), "line 1: not UTF-8 .* iconv -f UTF-16"),
        (b"free\nbor\xe9 free\n", "line 2: not UTF-8 .byte 0xe9."),
        (b"x" * (2**22 + 1), "line 1: longer than 4 MiB"),
        (gzip.compress(b"born free\n" * 1000, mtime=0)[:-9], "is damaged"),
    ],
)
def test_files_are_checked_before_the_model_is_loaded(
    tagged: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    message: str,
) -> None:
    monkeypatch.setattr("models.generation.text_model.load", None)
    (tmp_path / "in").write_bytes(content)
    assert mswitch("--checkpoint", tagged, *TO_GERMAN, "--input", tmp_path / "in") == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert re.search(message, told)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--source", "en", "--target", "fr"), "does not translate into French (fr): it has tags"),
        (("--source", "en", "--target", "ger"), "unknown language code 'ger'"),
        (("--source", "english", "--target", "de"), "did you mean 'en'"),
        (("--source", "en"), "--source CODE --target CODE"),
        ((*TO_GERMAN, "--beams", "0"), "--beams must be at least 1"),
        ((*TO_GERMAN, "--no-repeat-ngram", "-1"), "--no-repeat-ngram must be at least 0"),
        ((*TO_GERMAN, "--n-best", "5"), "--n-best 5 needs as many beams: --beams 5"),
        ((*TO_GERMAN, "--n-best", "2", "--format", "text"), "--format tsv or jsonl"),
        ((*TO_GERMAN, "--beams", "2000"), "more than half of the model's ids"),
        ((*TO_GERMAN, "--device", "warp"), "--device warp cannot be used"),
        ((*TO_GERMAN, "--length-penalty", "nan"), "--length-penalty nan must be a finite number"),
        ((*TO_GERMAN, "--serve", "99999"), "--serve 99999: give a port from 0 to 65535"),
        ((*TO_GERMAN, "--serve"), "leave out --input"),
    ],
)
def test_what_cannot_be_asked(
    tagged: Path,
    text: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    message: str,
) -> None:
    assert mswitch("--checkpoint", tagged, "--input", text, *options) == 2
    told = capsys.readouterr().err
    assert message in told
    assert told.count("\n") == 1


def test_the_input_is_never_written_over(
    tagged: Path, text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mswitch("--checkpoint", tagged, *TO_GERMAN, "--input", text, "--output", text) == 2
    assert "is the input, too" in capsys.readouterr().err
    assert text.read_text(encoding="utf-8") == "\n".join(LINES)


@pytest.mark.parametrize("kind", ["other path", "symbolic link", "hard link"])
def test_the_input_is_known_by_whatever_name(
    tagged: Path, text: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    other = text.with_name("other.txt")
    if kind == "other path":
        other = text.parent / ".." / text.parent.name / text.name
    elif kind == "symbolic link":
        other.symlink_to(text)
    else:
        other.hardlink_to(text)
    assert mswitch("--checkpoint", tagged, *TO_GERMAN, "--input", text, "--output", other) == 2
    assert f"{other} is the input, too" in capsys.readouterr().err
    assert text.read_text(encoding="utf-8") == "\n".join(LINES)


def test_a_folder_as_output_is_told_before_any_work(
    tagged: Path, text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(text.parent.parent.iterdir())
    options = ("--input", text, "--output", text.parent)
    assert mswitch("--checkpoint", tagged, *TO_GERMAN, *options) == 2
    assert f"--output {text.parent} is a folder; name a file in it" in capsys.readouterr().err
    assert sorted(text.parent.parent.iterdir()) == before


def test_a_pipe_as_output_stays_one(tagged: Path, text: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        assert mswitch("--checkpoint", tagged, *TO_GERMAN, "--input", text, "--output", pipe) == 0
        assert reader.communicate(timeout=60)[0].decode().splitlines() == [
            found[0][0] for found in expected(tagged)
        ]
    assert pipe.is_fifo()


def test_a_line_of_a_megabyte(tagged: Path, tmp_path: Path) -> None:
    (tmp_path / "long").write_text("free " * 200_000 + "\nborn free\n", encoding="utf-8")
    options = ("--source", "en", "--target", "de", "--max-length", 2, "--beams", 1)
    paths = ("--input", tmp_path / "long", "--output", tmp_path / "out")
    assert mswitch("--checkpoint", tagged, *options, *paths) == 0
    long, short = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert len(long) > 1000 * len(short)


def test_a_prompt(tagged: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pipeline.cli", "translate", "--checkpoint", str(tagged)]
    with subprocess.Popen(
        [*command, *TO_GERMAN],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "dumb"},
    ) as process:
        os.write(ours, b"born free\n\x04")
        out, err = process.communicate(timeout=60)
    assert expected(tagged)[0][0][0] in out.decode()
    assert b"Ctrl-D ends" in err
    assert process.returncode == 0
