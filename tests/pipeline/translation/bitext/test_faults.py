"""The stage when something is wrong, or was ended in the middle."""

import gzip
import shutil
import zipfile
from pathlib import Path

import pytest
from bitext_files import contents, read_json

from langs.errors import InputError
from pipeline import cli
from pipeline.translation.bitext import sift, write_pairs
from pipeline.translation.bitext.config import BitextConfig, check
from pipeline.translation.bitext.job import make_bitext


def make(output: Path, *specs: object, data: Path, workers: int = 1, **settings: object) -> None:
    config = BitextConfig(**settings)  # type: ignore[arg-type]
    make_bitext([str(spec) for spec in specs], data, output, config, workers=workers)


def test_two_workers_write_the_same_bytes(data: Path, tmp_path: Path) -> None:
    for code in ("en", "fr", "sw"):
        lines = "".join(f"{code} number {number}\n" for number in range(90))
        (tmp_path / f"x.{code}").write_text(lines)
        (tmp_path / f"y.{code}").write_text(lines.replace("number", "line"))
    for workers in (1, 2):
        specs = (tmp_path / "x.*", tmp_path / "y.*")
        make(tmp_path / str(workers), *specs, data=data, workers=workers)
    assert len(contents(tmp_path / "1")) == 8 + 9 + 36  # small files, clean text, shards
    assert contents(tmp_path / "1") == contents(tmp_path / "2")


def test_an_ended_run_goes_on_where_it_was(
    sample: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, again = tmp_path / "out", tmp_path / "again"
    specs = (sample / "en-fr.tsv.gz", sample / "en-sw.tsv.gz")
    make(again, *specs, data=data)
    with monkeypatch.context() as patch:
        patch.setattr(
            write_pairs, "_encoded", lambda *_: (_ for _ in ()).throw(OSError(28, "no space"))
        )
        with pytest.raises((InputError, OSError)):
            make(output, *specs, data=data)
    assert not output.exists()
    with monkeypatch.context() as patch:  # reading again would now fail
        patch.setattr(sift, "READERS", {})
        make(output, *specs, data=data)
    assert contents(output) == contents(again)
    assert not (tmp_path / "out.partial").exists()


def test_an_archive_of_opus_gives_what_its_files_give(
    sample: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside an input that gives no pair, which is named."""
    lines = gzip.decompress((sample / "en-fr.tsv.gz").read_bytes()).decode().split("\n")[1:100]
    with zipfile.ZipFile(tmp_path / "en-fr.txt.zip", "w") as archive:
        for code, column in (("en", 2), ("fr", 3)):
            text = "".join(line.split("\t")[column] + "\n" for line in lines)
            archive.writestr(f"X.en-fr.{code}", text)
            (tmp_path / f"X.en-fr.{code}").write_text(text)
        archive.writestr("LICENSE", "free")
    (tmp_path / "copies.en-fr.tsv").write_text("same words\tsame words\n" * 3)
    copies = tmp_path / "copies.en-fr.tsv"
    make(tmp_path / "zipped", tmp_path / "en-fr.txt.zip", copies, data=data)
    assert f"{copies} gives no pair: 3 read (copy 3)" in capsys.readouterr().err
    make(tmp_path / "plain", tmp_path / "X.en-fr.*", copies, data=data)
    assert read_json(tmp_path / "zipped" / "removed.json")["total"]["read"] == 102
    zipped, plain = (
        {
            name: content
            for name, content in contents(tmp_path / folder).items()
            if "_SUCCESS" not in name
        }
        for folder in ("zipped", "plain")
    )
    assert zipped == plain


def test_columns_are_two_numbers() -> None:
    for columns in ([3], [3, 3], [1, 2, 3], [0, 1]):
        with pytest.raises(InputError, match="columns"):
            check(BitextConfig(columns=columns))
    check(BitextConfig(columns=[4, 3]))


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_worker_is_one_line(
    data: Path, tmp_path: Path, workers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "x.en").write_text("1\n2\n")
    (tmp_path / "x.fr").write_text("1\n")
    options = ["--data", str(data), "--output", str(tmp_path / "out"), "--workers", str(workers)]
    assert cli.main(["bitext", "--input", str(tmp_path / "x.*"), *options]) == 2
    error = capsys.readouterr().err.strip().split("\n")[-1]
    assert error.startswith(f"error: {tmp_path}/x.fr has 1 lines and {tmp_path}/x.en 2:")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"directions": ["en-de"]}, "no direction en-de in the data: there are en-fr, fr-en"),
        ({"directions": ["en-xx"]}, "unknown language code 'xx'"),
        ({"max_pieces": 0}, "max_pieces is 0: it must be at least 1"),
        ({"test_share": 0.6, "valid_share": 0.4}, "leave nothing to train on"),
        ({"test_share": 5.0}, "test_share is 5.0: it must be at least 0 and below 1"),
        ({"method": "even"}, "method is 'even': use one of temperature, unimax"),
        ({"max_length_ratio": 0.5}, "max_length_ratio is 0.5: it must be at least 1"),
        ({"min_language_probability": 2.0}, "it must be from 0 to 1"),
        ({"alpha": -1.0}, "alpha is -1.0"),
        ({"max_characters": 1}, "no training pair is left of 700 (too_long 700); change limits"),
    ],
)
def test_settings_that_cannot_be_are_told(
    sample: Path, data: Path, tmp_path: Path, settings: dict, words: str
) -> None:
    with pytest.raises(InputError) as error:
        make(tmp_path / "out", sample / "en-fr.tsv.gz", data=data, **settings)
    assert words in str(error.value)


def test_directions_that_only_the_content_tells_are_checked_too(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"en": "Good morning", "fr": "Bonjour"}\n' * 3)
    with pytest.raises(InputError, match="no direction en-sw in the data: there are en-fr, fr-en"):
        make(tmp_path / "out", path, data=data, directions=["en-sw"])


def test_empty_files_have_no_languages_to_choose_from(data: Path, tmp_path: Path) -> None:
    for code in ("en", "fr"):
        (tmp_path / f"x.{code}").write_text("")
    with pytest.raises(InputError, match="the inputs have no texts of two languages: they are em"):
        make(tmp_path / "out", tmp_path / "x.*", data=data)


def test_input_of_another_form_than_its_name_says_is_told(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("en\tfr\nGood morning\tBonjour\n")
    with pytest.raises(InputError, match=r"x.jsonl: none of its 2 rows can be read"):
        make(tmp_path / "out", path, data=data)


def test_a_folder_without_tokenizer_is_told(sample: Path, data: Path, tmp_path: Path) -> None:
    shutil.copytree(data, tmp_path / "data")
    (tmp_path / "data" / "tokenizer" / "spm.model").unlink()
    with pytest.raises(InputError, match=r"spm.model is missing; give as --data a folder made by"):
        make(tmp_path / "out", sample / "en-fr.tsv.gz", data=tmp_path / "data")
