import gzip
import io
import json
import os
from pathlib import Path
from typing import ClassVar

import pytest
import zstandard
from apache_beam.io.filesystem import BeamIOError, CompressionTypes, FileMetadata, FileSystem
from wet_files import packed, record

from langs.errors import InputError
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.job import make_corpus
from pipeline.files.sources import find, open_input


class MemoryFiles(FileSystem):
    """A file system of Beam's kind: `memory://` and a path."""

    content: ClassVar[dict[str, bytes]] = {}

    @classmethod
    def scheme(cls):
        return "memory"

    def has_dirs(self):
        return False

    def _list(self, prefix):
        return [self.metadata(path) for path in self.content if path.startswith(prefix)]

    def metadata(self, path):
        return FileMetadata(path, len(self.content[path]), 1716000000.0)

    def exists(self, path):
        return path in self.content

    def open(self, path, mime_type="", compression_type=CompressionTypes.AUTO):
        assert compression_type == CompressionTypes.UNCOMPRESSED
        if path not in self.content:
            raise BeamIOError("no such file", {path: FileNotFoundError(path)})
        return io.BytesIO(self.content[path])

    def _unused(self, *arguments, **options):
        raise NotImplementedError

    join = split = mkdirs = create = copy = rename = size = last_updated = delete = _unused


@pytest.fixture
def memory(monkeypatch):
    files: dict[str, bytes] = {}
    monkeypatch.setattr(MemoryFiles, "content", files)
    return files


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * len(name))


def paths(found):
    return [file.path for file in found]


def test_globs_give_each_file_once_in_order(tmp_path):
    touch(tmp_path, "b/x.gz", "a/y.gz", "a/c/z.gz")
    found = find([f"{tmp_path}/**/*.gz", f"{tmp_path}/a/y.gz", f"{tmp_path}/b/*"])
    assert paths(found) == [f"{tmp_path}/{name}" for name in ("a/c/z.gz", "a/y.gz", "b/x.gz")]
    assert [file.size for file in found] == [8, 6, 6]


def test_a_pattern_without_a_match(tmp_path):
    touch(tmp_path, "folder/.hidden")
    for pattern in (f"{tmp_path}/none*", f"{tmp_path}/folder"):
        with pytest.raises(InputError, match="no file matches --input"):
            find([pattern])


def test_names_with_brackets_folders_and_the_home(tmp_path, monkeypatch):
    touch(tmp_path, "a[2024]/x[1].gz", "a[2024]/b/y.gz", "a[2024]/wet.paths", "a[2024]/.cache/z")
    both = [f"{tmp_path}/a[2024]/{name}" for name in ("b/y.gz", "x[1].gz")]
    assert paths(find([f"{tmp_path}/a[2024]"])) == both
    assert paths(find([f"{tmp_path}/a[2024]/"])) == both
    assert paths(find([both[1]])) == both[1:]
    assert paths(find([f"{tmp_path}/a[2024]/x*"])) == both[1:]
    assert paths(find([f"{tmp_path}/a[[]2024]/**/*.gz"])) == both
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths(find(["~/a[2024]"])) == both
    assert paths(find(["~/*/x*"])) == both[1:]


def test_a_list_with_a_mark_and_one_that_is_empty(tmp_path):
    touch(tmp_path, "a.gz")
    (tmp_path / "x.paths").write_bytes(b"\xef\xbb\xbfa.gz\r\n")
    assert paths(find([f"{tmp_path}/x.paths"])) == [f"{tmp_path}/a.gz"]
    (tmp_path / "y.paths").write_bytes(b"\n \n")
    with pytest.raises(InputError, match=r"y.paths names no file; write paths into it"):
        find([f"{tmp_path}/y.paths"])


@pytest.mark.parametrize("name", ["wet.paths", "wet.paths.gz", "wet.paths.zst"])
def test_a_list_of_paths(tmp_path, name):
    pack = {"s": bytes, "z": gzip.compress, "t": zstandard.compress}[name[-1]]
    touch(tmp_path, "crawl-data/a.wet.gz", "crawl-data/b.wet.gz", "c.wet.gz")
    lines = f"crawl-data/b.wet.gz\r\ncrawl-data/a.wet.gz\n\n{tmp_path}/c.wet.gz"
    (tmp_path / name).write_bytes(pack(lines.encode()))
    assert paths(find([f"{tmp_path}/{name}"])) == [
        f"{tmp_path}/{each}" for each in ("c.wet.gz", "crawl-data/a.wet.gz", "crawl-data/b.wet.gz")
    ]


def test_the_prefix_of_a_list(tmp_path):
    touch(tmp_path, "far/a.gz", "b.gz")
    (tmp_path / "x.paths").write_text("a.gz\n")
    for prefix in (f"{tmp_path}/far", f"{tmp_path}/far/"):
        assert paths(find([f"{tmp_path}/x.paths"], prefix)) == [f"{tmp_path}/far/a.gz"]


def test_a_list_that_names_what_is_missing_or_is_damaged(tmp_path):
    (tmp_path / "x.paths").write_text("\nnone.gz\n")
    with pytest.raises(InputError, match=r"line 2 of .*none.gz does not exist.*--paths-prefix"):
        find([f"{tmp_path}/x.paths"])
    (tmp_path / "empty.paths").write_bytes(b"\xef\xbb\xbf\r\n \n")
    with pytest.raises(InputError, match=r"empty\.paths names no file"):
        find([f"{tmp_path}/empty.paths"])
    (tmp_path / "y.paths.gz").write_bytes(gzip.compress(b"a\n" * 99)[:-9])
    with pytest.raises(InputError, match=r"y.paths.gz is damaged \(truncated_gzip_member\)"):
        find([f"{tmp_path}/y.paths.gz"])


def test_a_file_system_of_beam(memory):
    memory |= {"memory://b/x/1.gz": b"one", "memory://b/x/2.gz": b"two!", "memory://b/y/3.gz": b"3"}
    found = find(["memory://b/x/*.gz"])
    assert [(file.path, file.size) for file in found] == [
        ("memory://b/x/1.gz", 3),
        ("memory://b/x/2.gz", 4),
    ]
    assert open_input("memory://b/x/2.gz").read() == b"two!"
    memory["memory://b/wet.paths.gz"] = gzip.compress(b"x/1.gz\ny/3.gz\n")
    expected = ["memory://b/x/1.gz", "memory://b/y/3.gz"]
    assert paths(find(["memory://b/wet.paths.gz"])) == expected
    memory["memory://b/wet.paths.gz"] = gzip.compress(b"x/9.gz\n")
    with pytest.raises(InputError, match=r"line 1 of memory://b/wet\.paths\.gz"):
        find(["memory://b/wet.paths.gz"])


def test_a_local_list_of_remote_files(tmp_path, memory):
    memory["memory://b/x/1.gz"] = b"one"
    (tmp_path / "wet.paths").write_text("x/1.gz\n")
    assert paths(find([f"{tmp_path}/wet.paths"], "memory://b/")) == ["memory://b/x/1.gz"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("gs://bucket/x*.gz", r"gs:// needs pip install 'apache-beam\[gcp\]'"),
        ("s3://bucket/x.gz", r"s3:// needs pip install 'apache-beam\[aws\]'"),
        ("hdfs://host/x.gz", r"hdfs:// needs pip install 'apache-beam\[hadoop\]'"),
        ("ftp://host/x.gz", r"unknown file system; use one of gs://, s3://"),
    ],
)
def test_what_is_not_installed_is_named(path, message, monkeypatch):
    monkeypatch.setattr("pipeline.files.sources._is_installed", lambda module: False)
    with pytest.raises(InputError, match=message):
        find([path])
    with pytest.raises(InputError, match=message):
        open_input(path)


TEXT = "\n".join(
    f"The committee met in room {n} to hear the harbour master speak." for n in range(4)
)
CONFIG = CorpusConfig(min_long_lines=0, min_language_probability=0, min_pages_per_language=1)


def test_the_job_reads_a_file_system_of_beam_and_notices_what_changed(tmp_path, memory):
    memory["memory://b/1.wet.gz"] = packed([record("http://a.org", TEXT)])
    memory["memory://b/2.jsonl"] = json.dumps({"text": TEXT.replace("harbour", "railway")}).encode()
    content = make_corpus(["memory://b/*"], tmp_path / "out", CONFIG, workers=1)
    assert content["funnel"][-1]["pages_out"] == 2
    memory["memory://b/2.jsonl"] += b"\n"
    with pytest.raises(InputError, match=r"the input memory://b/2.jsonl has changed"):
        make_corpus(["memory://b/*"], tmp_path / "out", CONFIG, workers=1)


def test_a_remote_output_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(tmp_path, "x.jsonl")
    with pytest.raises(InputError, match="must be a folder on this machine"):
        make_corpus(["x.jsonl"], Path("gs://bucket/out"), CONFIG)
    assert os.listdir(tmp_path) == ["x.jsonl"]
