import pytest

from pipeline.stages import frames
from pipeline.stages.frames import Entry, FrameWriter


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
