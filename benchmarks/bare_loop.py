"""What mC4's steps cost without any engine: one loop over the records, for `corpus_speed.py`.

    python benchmarks/bare_loop.py OUTPUT WORKERS FILE...

fastwarc reads, lines are stripped, pages without three long lines go, lines are hashed, cld3 names
the language by up to 10,000 bytes, documents are written by language. Nothing is compared between
pages, and nothing is counted or checked.
"""

import hashlib
import json
import multiprocessing
import sys
from pathlib import Path
from typing import Any

import fastwarc
import gcld3
import numpy as np
import zstandard

LONG_LINES, LONG_LINE_CHARACTERS, MAX_CHARACTERS, LEAST = 3, 200, 190_000, 0.7


def loop(path: str, output: Path) -> None:
    """Clean one file into `output/<language>/<name of the file>`."""
    identifier = gcld3.NNetLanguageIdentifier(0, 10_000)
    streams: dict[str, Any] = {}
    hashes: list[int] = []
    with open(path, "rb") as raw:
        for record in fastwarc.ArchiveIterator(raw, fastwarc.WarcRecordType.conversion):
            text = record.reader.read().decode("utf-8", "replace")
            lines = [line for piece in text.splitlines() if (line := piece.strip())]
            long_lines = sum(len(line) >= LONG_LINE_CHARACTERS for line in lines)
            if len(text) > MAX_CHARACTERS or long_lines < LONG_LINES:
                continue
            hashes += [_hash(line.lower()) for line in lines]
            text = "\n".join(lines)
            found = identifier.FindLanguage(text[:10_000])
            if found.probability < LEAST:
                continue
            url = record.headers["WARC-Target-URI"]
            document = {"text": text, "url": url, "language": found.language}
            _stream(streams, output, found.language, path).write(
                json.dumps(document, ensure_ascii=False).encode() + b"\n"
            )
    np.save(output / f"{Path(path).name}.npy", np.array(hashes, np.uint64))
    for packed, stream in streams.values():
        packed.close()
        stream.close()


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.md5(text.encode()).digest()[:8], "big")


def _stream(streams: dict[str, Any], output: Path, language: str, path: str) -> Any:
    if language not in streams:
        (output / language).mkdir(exist_ok=True)
        stream = (output / language / f"{Path(path).name}.jsonl.zst").open("wb")
        streams[language] = (zstandard.ZstdCompressor(3).stream_writer(stream), stream)
    return streams[language][0]


def main() -> None:
    """Spread the files over processes."""
    output, workers, files = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    output.mkdir(parents=True)
    with multiprocessing.Pool(workers) as pool:
        pool.starmap(loop, [(path, output) for path in files], chunksize=1)


if __name__ == "__main__":
    main()
