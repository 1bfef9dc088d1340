import gzip
from pathlib import Path

import pytest

from langs.errors import InputError
from pipeline.translation.score.system_files import (
    Translations,
    many_directions,
    named,
    one_direction,
    with_baseline,
)


def write(folder: Path, **files: str) -> Path:
    """Files of one character a line; `__` in a name stands for a hyphen."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in files.items():
        text = "".join(f"{line}\n" for line in lines)
        (folder / f"{name.replace('__', '-')}.txt").write_text(text)
    return folder


def test_one_direction(tmp_path: Path) -> None:
    write(tmp_path, a="xy", b="zy", ref="rs", src="uv")
    systems = named([str(tmp_path / "a.txt"), f"best={tmp_path / 'b.txt'}"])
    files = one_direction(systems, [tmp_path / "ref.txt"], tmp_path / "src.txt", "en", "fr")
    assert files.read() == Translations(
        "en", "fr", ["u", "v"], [["r", "s"]], {"a": ["x", "y"], "best": ["z", "y"]}
    )


def test_the_source_may_be_unknown(tmp_path: Path) -> None:
    write(tmp_path, a="x", ref="r")
    files = one_direction({"a": tmp_path / "a.txt"}, [tmp_path / "ref.txt"], None, None, "fr")
    assert files.read().name == "fr"


@pytest.mark.parametrize(("references", "sources"), [("rst", "rs"), ("rs", "uvw")])
def test_files_that_are_not_aligned(tmp_path: Path, references: str, sources: str) -> None:
    write(tmp_path, a="xy", ref=references, src=sources)
    files = one_direction(
        {"a": tmp_path / "a.txt"}, [tmp_path / "ref.txt"], tmp_path / "src.txt", "en", "fr"
    )
    with pytest.raises(InputError, match=r"txt has \d lines and .*ref.txt has \d"):
        files.read()


def test_several_references(tmp_path: Path) -> None:
    write(tmp_path, a="xy", one="rs", two="tu", short="r", blank=" \t")
    systems = {"a": tmp_path / "a.txt"}
    paths = [tmp_path / f"{name}.txt" for name in ("one", "two")]
    files = one_direction(systems, paths, None, None, "fr")
    assert files.read().references == [["r", "s"], ["t", "u"]]
    assert files.paths() == [*paths, tmp_path / "a.txt"]
    for wrong, said in (
        ("short", r"short.txt has 1 lines and .*one.txt has 2"),
        ("blank", "empty"),
    ):
        paths[1] = tmp_path / f"{wrong}.txt"
        with pytest.raises(InputError, match=said):
            one_direction(systems, paths, None, None, "fr").read()


def test_a_folder_for_each_reference(tmp_path: Path) -> None:
    folders = [write(tmp_path / "r1", en__fr="r", en__de="r"), write(tmp_path / "r2", en__fr="t")]
    systems = {"one": write(tmp_path / "one", en__fr="x", en__de="x")}
    (files,), left_out = many_directions(systems, folders, "test")
    assert files.read().references == [["r"], ["t"]]
    assert left_out == {"en-de": "no references"}


def test_references_without_a_word(tmp_path: Path) -> None:
    write(tmp_path, a="xy", ref=" \t")
    with pytest.raises(InputError, match=r"ref\.txt: all lines are empty"):
        one_direction({"a": tmp_path / "a.txt"}, [tmp_path / "ref.txt"], None, None, "fr").read()


def test_pairs_need_both_languages(tmp_path: Path) -> None:
    write(tmp_path, a="x")
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("en\tfr\nu\tr\n")
    systems = {"a": tmp_path / "a.txt"}
    found = one_direction(systems, [pairs], None, "en", "fr").read()
    assert (found.sources, found.references) == (["u"], [["r"]])
    with pytest.raises(InputError, match="give --source"):
        one_direction(systems, [pairs], None, None, "fr").read()


def test_an_unknown_code(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown language code 'frr'"):
        one_direction({}, [tmp_path], None, "en", "frr")


def test_both_directions_of_a_bitext_folder(tmp_path: Path) -> None:
    clean = tmp_path / "bitext" / "clean"
    for split, letter in (("test", "T"), ("valid", "V")):
        (clean / split).mkdir(parents=True)
        pairs = f"en\thi-Latn\n{letter}e\t{letter}h\n"
        (clean / split / "en-hi-Latn.tsv.gz").write_bytes(gzip.compress(pairs.encode()))
    write(tmp_path / "one", en__hi__Latn="x", hi__Latn__en="y")
    files, left_out = many_directions({"one": tmp_path / "one"}, [tmp_path / "bitext"], "test")
    assert left_out == {}
    assert [one.read() for one in files] == [
        Translations("en", "hi-Latn", ["Te"], [["Th"]], {"one": ["x"]}),
        Translations("hi-Latn", "en", ["Th"], [["Te"]], {"one": ["y"]}),
    ]
    (files, _) = many_directions({"one": tmp_path / "one"}, [tmp_path / "bitext"], "valid")
    assert files[0].read().references == [["Vh"]]


def test_directions_that_not_all_have_are_left_out(tmp_path: Path) -> None:
    references = write(tmp_path / "ref", en__fr="r", en__de="r", fr__en="r")
    systems = {
        "one": write(tmp_path / "one", en__fr="x", en__de="x", en__sw="x"),
        "two": write(tmp_path / "two", en__fr="x", en__sw="x"),
    }
    files, left_out = many_directions(systems, [references], "test")
    assert [(one.source, one.target) for one in files] == [("en", "fr")]
    assert left_out == {"en-de": "not translated by two", "en-sw": "no references"}


@pytest.mark.parametrize(
    ("system", "message"),
    [
        ({"en__frr": "x"}, "en-frr.txt: unknown language code 'frr'"),
        ({"notes": "x"}, "notes.txt: 'notes' is no direction"),
        ({}, "no file like en-fr.txt"),
        ({"en__de": "x"}, "no direction to score: en-de: no references"),
    ],
)
def test_folders_without_directions(tmp_path: Path, system: dict[str, str], message: str) -> None:
    references = write(tmp_path / "ref", en__fr="r")
    with pytest.raises(InputError, match=message):
        many_directions({"one": write(tmp_path / "one", **system)}, [references], "test")


def test_folders_that_are_not_there(tmp_path: Path) -> None:
    write(tmp_path / "one", en__fr="x")
    with pytest.raises(InputError, match="nowhere is no folder"):
        many_directions({"one": tmp_path / "one"}, [tmp_path / "nowhere"], "test")
    with pytest.raises(InputError, match="no references like"):
        many_directions({"one": tmp_path / "one"}, [write(tmp_path / "ref")], "test")


def test_the_same_direction_twice(tmp_path: Path) -> None:
    folder = write(tmp_path / "one", en__fr="x")
    (folder / "en-fr.txt.gz").write_bytes(gzip.compress(b"x\n"))
    with pytest.raises(InputError, match="are the same direction"):
        many_directions({"one": folder}, [write(tmp_path / "ref", en__fr="r")], "test")


def test_systems_have_different_names() -> None:
    assert named(["runs/a/", "b=c.txt"]) == {"a": Path("runs/a"), "b": Path("c.txt")}
    with pytest.raises(InputError, match="two systems are named 'out'"):
        named(["a/out.txt", "b/out.txt.gz"])


def test_the_baseline(tmp_path: Path) -> None:
    a, b, c = (str(tmp_path / name) for name in ("a.txt", "b.txt", "c.txt"))
    Path(c).write_text("x\n")
    assert with_baseline([a, b], None) == (named([a, b]), "a")
    assert with_baseline([a, b], "b") == (named([a, b]), "b")
    assert with_baseline([a, f"x={b}"], b)[1] == "x"
    assert with_baseline([a, b], c) == (named([c, a, b]), "c")
    with pytest.raises(InputError, match="--baseline d is no system; there are a, b"):
        with_baseline([a, b], "d")
