"""What the names of files tell."""

import lzma
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
