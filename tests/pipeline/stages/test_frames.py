from pathlib import Path

import pytest

from pipeline.stages import frames
from pipeline.stages.frames import Candidate, CandidateWriter, Entry, FrameWriter


def test_candidates_come_back_as_they_were(tmp_path):
    candidates = [Candidate(n, f"http://x/{n}", "2024", f"líne\n{n}\u2028") for n in range(1000)]
    path = tmp_path / "candidates.zst"
    with frames.replacing(path) as stream:
        writer = CandidateWriter(stream)
        for candidate in candidates:
            writer.add(candidate)
        writer.close()
    assert list(frames.read_candidates(path)) == candidates


def test_frames_hold_a_language_and_bucket_each(tmp_path, monkeypatch):
    monkeypatch.setattr(frames, "_FLUSH_BYTES", 1000)
    path = tmp_path / "frames"
    entries = [Entry(bytes([n]) * 16, b"{}" * n, n, n, n) for n in range(100)]
    with path.open("wb") as stream:
        writer = FrameWriter(stream, path)
        for number, entry in enumerate(entries):
            writer.add("en" if number % 3 else "de", number % 2, entry)
        writer.flush()
    assert len(writer.frames) > 4
    found = [
        (entry.lines, language, bucket)
        for language, bucket, frame in writer.frames
        for entry in frames.read_frame(frame)
    ]
    assert sorted(found) == [(n, "en" if n % 3 else "de", n % 2) for n in range(100)]


def test_a_file_gets_its_name_only_when_it_is_whole(tmp_path):
    def write_half() -> None:
        with frames.replacing(tmp_path / "x") as stream:
            stream.write(b"half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_half()
    assert not (tmp_path / "x").exists()


def test_long_lines_over_many_chunks(tmp_path):
    import zstandard

    lines = [b"a" * 300_000, b"", b"b" * 10, b"c" * 200_000]
    path: Path = tmp_path / "lines.zst"
    path.write_bytes(zstandard.compress(b"\n".join(lines)))
    assert list(frames.zstd_lines(path)) == lines
