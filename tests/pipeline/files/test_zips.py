import io
import struct
import zipfile
from pathlib import Path

import pytest

from langs.errors import InputError
from pipeline.files import sources, zips


def archive(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> str:
    with zipfile.ZipFile(path, "w", method) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return str(path)


def inside(path: str) -> dict[str, int]:
    (file,) = sources.find([path])
    return {each.path.removeprefix(path): each.size for each in sources.inside(file)}


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_files_are_listed_and_read(tmp_path, method):
    text = b"".join(b"line %d\n" % n for n in range(500_000))
    path = archive(tmp_path / "a.zip", {"b/x.en": text, "README": b"", "b/": b""}, method)
    assert inside(path) == {"!/README": 0, "!/b/x.en": len(text)}
    read: list[int] = []
    assert b"".join(sources.unpacked(f"{path}!/b/x.en", read.append)) == text
    assert sum(read) == len(text)
    assert zips.archive_of(f"{path}!/b/x.en") == zips.archive_of(path) == path


def test_packed_files_inside_are_unpacked(tmp_path):
    import gzip

    path = archive(tmp_path / "a.zip", {"x.en.gz": gzip.compress(b"text")})
    assert b"".join(sources.unpacked(f"{path}!/x.en.gz")) == b"text"


def test_an_archive_is_identified_by_its_content(tmp_path):
    path = archive(tmp_path / "a.zip", {"x.en": b"1", "x.fr": b"2"})
    (file,) = sources.find([path])
    assert sources.identities(sources.inside(file)) == {path: Path(path)}


def test_bombs_are_refused(tmp_path):
    path = archive(tmp_path / "bomb.zip", {"x.en": bytes(50_000_000)})
    with pytest.raises(InputError, match=r"unpacks to 50,000,000 bytes from \d\d,\d+, more than"):
        inside(path)
    many = archive(tmp_path / "many.zip", {f"{n}": b"" for n in range(10_001)})
    with pytest.raises(InputError, match="more than 10,000 files"):
        inside(many)


def test_names_are_never_paths_to_write_and_are_fit_to_show(tmp_path):
    names = ["../../x.en", "/etc/x.fr", "a\x1b[31m.en", "ok.en"]
    path = archive(tmp_path / "a.zip", dict.fromkeys(names, b"text"))
    assert set(inside(path)) == {"!/../../x.en", "!//etc/x.fr", "!/ok.en"}
    assert b"".join(sources.unpacked(f"{path}!/../../x.en")) == b"text"
    assert [each.name for each in tmp_path.iterdir()] == ["a.zip"]


def test_a_size_that_lies_does_not_unpack_more(tmp_path):
    """The sizes of a bomb, in both headers, are set to 10 bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("x.en", bytes(5_000_000))
    data = stream.getvalue().replace(struct.pack("<L", 5_000_000), struct.pack("<L", 10))
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(InputError, match=r"a\.zip cannot be read"):
        assert len(b"".join(sources.unpacked(f"{tmp_path}/a.zip!/x.en"))) <= 10


def list_and_read(path: str, name: str) -> bytes:
    assert inside(path)
    return b"".join(sources.unpacked(f"{path}!/{name}"))


@pytest.mark.parametrize("damage", ["cut", "text", "flipped", "missing", "encrypted", "method"])
def test_damaged_archives_are_one_line(tmp_path, damage):
    path = archive(tmp_path / "a.zip", {"x.en": b"".join(b"%d" % (n * n) for n in range(9999))})
    data = bytearray(Path(path).read_bytes())
    directory = data.rindex(b"PK\x01\x02")
    if damage == "cut":
        data = data[:-30]
    elif damage == "text":
        data = bytearray(b"no archive at all")
    elif damage == "flipped":
        data[len(data) // 2] ^= 0xFF
    elif damage == "encrypted":
        data[directory + 8] |= 1
    elif damage == "method":
        data[directory + 10] = data[8] = 99
    Path(path).write_bytes(data)
    name = "none" if damage == "missing" else "x.en"
    with pytest.raises(InputError, match=r"a\.zip"):
        list_and_read(path, name)
