"""What the names of files tell."""

import lzma
import zipfile
from pathlib import Path

import pytest

from langs.errors import InputError
from pipeline.translation.bitext.readers import inputs


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(*names: str, text: str = "one\ttwo\n") -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        path.write_bytes(lzma.compress(data) if path.suffix == ".xz" else data)


@pytest.mark.parametrize(
    ("names", "kind", "languages", "split"),
    [
        (["en-fr.tsv"], "tsv", ["en", "fr"], ""),
        (["Tatoeba.en-hi-Latn.tsv.xz"], "tsv", ["en", "hi-Latn"], ""),
        (["eng_Latn-fra_Latn.test.tsv"], "tsv", ["en", "fr"], "test"),
        (["fr-en.txt"], "tsv", ["fr", "en"], ""),
        (["corpus.en", "corpus.fr"], "lines", ["en", "fr"], ""),
        (["Tatoeba.en-fr.en", "Tatoeba.en-fr.fr"], "lines", ["en", "fr"], ""),
        (["opus.en-fr-dev.en", "opus.en-fr-dev.fr"], "lines", ["en", "fr"], "valid"),
        (["train.en", "train.fr", "train.he"], "lines", ["en", "fr", "iw"], ""),
        (["eng_Latn.dev", "zho_Hans.dev"], "lines", ["en", "zh"], "valid"),
        (["text/en.txt.xz", "text/pt-BR.txt"], "lines", ["en", "pt"], ""),
        (["bible/en.tsv", "bible/sw.tsv.xz"], "keys", ["en", "sw"], ""),
        (["some.jsonl"], "json", [], ""),
        (["en-fr.validation.jsonl"], "json", ["en", "fr"], "valid"),
        (["memory.tmx"], "tmx", [], ""),
    ],
)
def test_names_tell_kind_languages_and_split(
    names: list[str], kind: str, languages: list[str], split: str
) -> None:
    write(*names)
    (source,) = inputs.find(names)
    assert (source.kind, list(source.languages), source.split) == (kind, languages, split)
    assert sorted(path for _, path in source.files) == sorted(names)
    assert source.size == sum(Path(name).stat().st_size for name in names)


def test_a_header_tells_the_languages_of_columns() -> None:
    write("many.tsv", text="German\tid\tEnglish\tnote\nguten Tag\tselamat\tgood day\t-\n")
    (source,) = inputs.find(["many.tsv"])
    assert source.languages == ("de", "id", "en")


def test_a_spec_tells_what_names_do_not() -> None:
    write("a.tsv", "left", "right", "news.fra", "some.jsonl")
    by_spec = {
        "a.tsv:en-fr": ("tsv", ("en", "fr")),
        "left,right:sw-en": ("lines", ("sw", "en")),
        "some.jsonl:hi-Latn-en": ("json", ("hi-Latn", "en")),
    }
    for spec, told in by_spec.items():
        (source,) = inputs.find([spec])
        assert (source.kind, source.languages) == told
    assert inputs.find(["left,right:sw-en"])[0].files == (("sw", "left"), ("en", "right"))


def test_a_folder_gives_what_tells_its_languages(capsys: pytest.CaptureFixture[str]) -> None:
    write("d/en.txt", "d/fr.txt", "d/en-sw.tsv", "d/SOURCES.tsv", "d/README.md")
    found = inputs.find(["d", "d/en-*.tsv"])  # a file named twice counts once
    assert sorted(source.kind for source in found) == ["lines", "tsv"]
    told = capsys.readouterr().err
    assert "left out d/README.md" in told
    assert "left out d/SOURCES.tsv" in told


def test_text_of_one_language_may_be_held_out() -> None:
    write("newstest.fr")
    (source,) = inputs.find(["newstest.fr"], alone=True)
    assert source.languages == ("fr",)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("missing.tsv", "no file matches --input 'missing.tsv'"),
        ("a.tsv", "nothing tells the languages of a.tsv; name it like en-fr.tsv"),
        ("left", "nothing tells the languages of left"),
        ("a.tsv:en-french", "unknown language code 'french': did you mean 'fr'"),
        ("a.tsv:xx", "unknown language code 'xx'"),
        ("corpus.en", "corpus.en is 'en' alone: give the files of other languages"),
        ("en-fr.tsv", "en-fr.tsv, line 1: no tab"),
        ("de-fr.tsv", "de-fr.tsv has no first line"),
        ("*.en", "are both 'en'; give one"),
    ],
)
def test_what_cannot_be_an_input_is_an_error(spec: str, words: str) -> None:
    write("a.tsv", "left", "corpus.en", "twice.en", "twice.en.xz")
    write("en-fr.tsv", text="no tab here\n")
    write("de-fr.tsv", text="")
    if spec == "*.en":
        spec = "twice.en*"
    with pytest.raises(InputError) as error:
        inputs.find([spec])
    assert words in str(error.value)


def test_files_that_no_wanted_pair_needs_are_not_read() -> None:
    write("d/de.txt", "d/en.txt", "d/fr.txt", "d/sw.txt")
    (source,) = inputs.find(["d"])
    narrowed = source.narrowed(frozenset({("fr", "sw")}))  # type: ignore[arg-type]
    assert narrowed
    assert [code for code, _ in narrowed.files] == ["en", "fr", "sw"]  # English decides splits
    assert source.narrowed(frozenset({("ko", "vi")})) is None  # type: ignore[arg-type]


def zipped(name: str, *files: str) -> None:
    with zipfile.ZipFile(name, "w") as archive:
        for file in files:
            archive.writestr(file, "one\ttwo\n")


@pytest.mark.parametrize(
    ("spec", "files", "kind", "languages"),
    [
        ("de-en.txt.zip", ["X.de-en.de", "X.de-en.en", "X.de-en.ids", "README"], "lines", "de en"),
        ("x.zip", ["a/train.en", "a/train.fr", "a/train.he", "LICENSE"], "lines", "en fr iw"),
        ("x.zip", ["en-fr.tmx"], "tmx", "en fr"),
        ("x.zip", ["x.en-fr.tsv"], "tsv", "en fr"),
        ("x.zip:en-fr", ["x.tsv"], "tsv", "en fr"),
        (".", ["X.de-en.de", "X.de-en.en", "README"], "lines", "de en"),
    ],
)
def test_an_archive_is_a_folder(
    spec: str, files: list[str], kind: str, languages: str, capsys: pytest.CaptureFixture[str]
) -> None:
    zipped("x.zip" if spec == "." else spec.partition(":")[0], *files)
    (source,) = inputs.find([spec])
    assert (source.kind, " ".join(source.languages)) == (kind, languages)
    assert all(".zip!/" in path for _, path in source.files)
    left = [name for name in files if name in ("README", "LICENSE", "X.de-en.ids")]
    assert all(name in capsys.readouterr().err for name in left[:1])


def test_an_archive_without_parallel_text_is_refused() -> None:
    zipped("x.zip", "README", "data.bin")
    with pytest.raises(InputError, match=r"the files in x\.zip \(README, data\.bin\); unpack it"):
        inputs.find(["x.zip"])
    zipped("y.zip")
    with pytest.raises(InputError, match=r"y\.zip \(it is empty\)"):
        inputs.find(["y.zip"])
    zipped("z.zip", "x.en")
    with pytest.raises(InputError, match=r"x\.en is 'en' alone"):
        inputs.find(["z.zip"])
