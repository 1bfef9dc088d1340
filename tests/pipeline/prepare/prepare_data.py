"""A small corpus folder in several scripts, as `mswitch corpus` writes it."""

import json
import random
from pathlib import Path

from pipeline.corpus.documents import shard_path, write_documents

SENTENCES = {
    "am": "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው",
    "ar": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق وقد وهبوا عقلا وضميرا",
    "en": "All human beings are born free and equal in dignity and rights and reason",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "zh": "人人生而自由在尊严和权利上一律平等他们赋有理性和良心",
}
UNSPACED = {"th", "zh"}


def text(language: str, pages: int, seed: int = 0) -> list[str]:
    """Pages of three lines of shuffled words (characters where words are not spaced)."""
    draw = random.Random(f"{language}{seed}")
    separator = "" if language in UNSPACED else " "
    words = list(SENTENCES[language]) if language in UNSPACED else SENTENCES[language].split()

    def line() -> str:
        return separator.join(draw.choices(words, k=draw.randint(5, 20)))

    return ["\n".join(line() for _ in range(3)) for _ in range(pages)]


def write_corpus(
    folder: Path, pages: dict[str, int], files: int = 1, validation: int = 2, form: str = "jsonl"
) -> dict[str, dict[str, list[str]]]:
    """Write a finished corpus folder; returns the texts by split and language."""
    texts = {
        "train": {code: text(code, number) for code, number in pages.items()},
        "validation": {code: text(code, validation, seed=1) for code in pages},
    }
    statistics: dict[str, dict[str, dict[str, int]]] = {code: {} for code in pages}
    for split, languages in texts.items():
        for code, documents in languages.items():
            _write_documents(folder, code, split, documents, files, form)
            statistics[code][split] = {
                "documents": len(documents),
                "lines": sum(document.count("\n") + 1 for document in documents),
                "characters": sum(map(len, documents)),
                "bytes": sum(len(document.encode()) for document in documents),
            }
    (folder / "statistics.json").write_text(json.dumps({"languages": statistics}))
    (folder / "_SUCCESS.json").write_text('{"fingerprint": {}, "summary": {}}')
    return texts


def _write_documents(
    folder: Path, code: str, split: str, documents: list[str], files: int, form: str
) -> None:
    rows = [{"text": page, "id": f"{split}{number:04d}"} for number, page in enumerate(documents)]
    for number in range(files):
        part = rows[number * len(rows) // files : (number + 1) * len(rows) // files]
        path = shard_path(folder, code, split, number, files, form)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            lines = (json.dumps(row).encode() for row in part)
            write_documents(stream, lines, form)
