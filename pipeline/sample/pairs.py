"""Translation pairs of the sample: English and languages of many scripts, split by sentence."""

import gzip
import zlib
from pathlib import Path

from pipeline.sample.texts import read_pairs, split_of

LANGUAGES = (
    "ar", "bn", "de", "el", "es", "fa", "fr", "hi", "hy", "id", "iw", "ja", "ka", "km", "ko",
    "my", "ru", "sw", "ta", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
HEADER = "split\tsource\tenglish\ttranslation\n"


def write_pairs(data: Path, folder: Path, pairs: int) -> None:
    """Writes `en-<code>.tsv.gz`, `pairs` lines each: Tatoeba's, then TICO-19's to fill up."""
    folder.mkdir(parents=True, exist_ok=True)
    for code in LANGUAGES:
        rows = [
            f"{split_of(english)}\t{source}\t{english}\t{foreign}\n"
            for source in ("tatoeba", "tico19")
            for english, foreign in _shuffled_pairs(data, source, code)
        ]
        if rows:
            text = HEADER + "".join(rows[:pairs])
            packed = gzip.compress(text.encode(), compresslevel=9, mtime=0)
            (folder / f"en-{code}.tsv.gz").write_bytes(packed)


def _shuffled_pairs(data: Path, source: str, code: str) -> list[tuple[str, str]]:
    """In the order of a hash of the English side, so that languages share English sentences."""
    pairs = read_pairs(data / "parallel" / source / f"en-{code}.tsv.xz")
    return sorted(pairs, key=lambda pair: (zlib.crc32(b"pair" + pair[0].encode()), pair))
