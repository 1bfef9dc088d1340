"""mC4's steps with datatrove's own parts, for `corpus_speed.py`; needs an environment with

    pip install 'datatrove[io,processing]' cld3-py faust-cchardet python-magic warcio spacy
    PYTHON benchmarks/datatrove_job.py OUTPUT WORKERS FOLDER

First job: WarcReader, the rules, JsonlWriter, SentenceDedupSignature by lines. Second:
SentenceFindDedups. Third: JsonlReader, SentenceDedupFilter, the length rule again, cld3 on up to
10,000 bytes, JsonlWriter by language (zstd). Every job runs in LocalPipelineExecutor, one task a
file. WarcReader asks libmagic about records without a payload type, as all WET records are; here
the answer is text/plain without asking, as libmagic costs most of the time and drops pages.
"""

import sys
from pathlib import Path
from typing import Any

from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    SentDedupConfig,
    SentenceDedupFilter,
    SentenceDedupSignature,
    SentenceFindDedups,
)
from datatrove.pipeline.filters import LambdaFilter
from datatrove.pipeline.readers import JsonlReader, WarcReader
from datatrove.pipeline.writers import JsonlWriter

BY_LINES = SentDedupConfig(
    n_sentences=1, split_sentences=False, min_doc_words=0, min_num_sentences=0
)


def has_long_lines(document: Document) -> bool:
    """Keeps pages of at most 190,000 characters with three lines of 200; drops empty lines."""
    lines = [line for piece in document.text.splitlines() if (line := piece.strip())]
    fits = len(document.text) <= 190_000
    document.text = "\n".join(lines)
    return fits and sum(len(line) >= 200 for line in lines) >= 3


class Identifier:
    """cld3 as the other contestants use it, loaded in the worker."""

    identifier: Any = None

    def __call__(self, document: Document) -> bool:
        if self.identifier is None:
            import gcld3

            self.identifier = gcld3.NNetLanguageIdentifier(0, 10_000)
        found = self.identifier.FindLanguage(document.text[:10_000])
        document.metadata["language"] = found.language
        return found.probability >= 0.7


def use_no_libmagic() -> None:
    """Let WarcReader take every record without a payload type for plain text."""
    import magic

    magic.from_buffer = lambda *_, **__: "text/plain"


def main() -> None:
    """Run the three jobs."""
    output, workers, folder = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    use_no_libmagic()
    tasks = len(list(folder.glob("*.gz")))
    text, hashes, copies = (str(output / name) for name in ("text", "hashes", "copies"))
    written = JsonlWriter(
        str(output / "documents"), "${language}/${rank}.jsonl.zst", compression="zstd"
    )
    jobs: list[tuple[int, list[Any]]] = [
        (
            tasks,
            [
                WarcReader(str(folder), glob_pattern="*.gz"),
                LambdaFilter(has_long_lines),
                JsonlWriter(text, compression=None),
                SentenceDedupSignature(hashes, finder_workers=workers, config=BY_LINES),
            ],
        ),
        (workers, [SentenceFindDedups(hashes, copies, config=BY_LINES)]),
        (
            tasks,
            [
                JsonlReader(text, compression=None),
                SentenceDedupFilter(copies, config=BY_LINES),
                LambdaFilter(has_long_lines),
                LambdaFilter(Identifier()),
                written,
            ],
        ),
    ]
    for number, (count, steps) in enumerate(jobs):
        LocalPipelineExecutor(
            pipeline=steps,
            tasks=count,
            workers=workers,
            start_method="fork",
            logging_dir=str(output / f"log{number}"),
        ).run()


if __name__ == "__main__":
    main()
