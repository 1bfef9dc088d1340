"""Speed and memory of `mswitch translate` beside `generate` of `transformers`.

    python benchmarks/translation_speed.py [--lines 10000] [--file-mb 10] [--json FILE] [--quick]

One model of random weights, dense and with experts, which our export carries to `transformers`.
Both sides read the same real text, of 24 languages, by the same tokenizer, in the same batches of
lines of like length, and write as many tokens. They take turns, part by part of the text. Peak
memory is that of the command, of a small model, over a file and over one ten times smaller.
"""

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

import torch
import transformers
from speed.peers import Shape
from speed.rows import Row, show
from speed.translation import memory_rows, pieces, speed_rows, write_run

from models.train import keep_freed_memory

EXPERTS = (0, 8)
SPEED_LIMIT = 1.0  # lines a second of ours to theirs: nowhere slower
MEMORY_LIMIT = 1.1  # peak over the file to that over a tenth of it
SMALL = Shape(d_model=64, d_ff=128, d_kv=16, layers=2)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    parser.add_argument("--quick", action="store_true", help="tiny models, to see whether it runs")
    parser.add_argument("--lines", type=int, default=10_000, help="lines that each side translates")
    parser.add_argument("--tokens", type=int, default=32, help="tokens of a translation")
    parser.add_argument("--file-mb", type=float, default=10, help="text whose memory is measured")
    parser.add_argument("--threads", type=int, default=2, help="threads of the CPU")
    return parser.parse_args()


def measure(options: argparse.Namespace, folder: Path) -> list[Row]:
    """All rows; the models are written into the folder."""
    shape = SMALL if options.quick else Shape()
    model = pieces(shape.vocabulary)
    rows: list[Row] = []
    for experts in EXPERTS:
        name = f"{experts} experts" if experts else "dense"
        run = folder / name.replace(" ", "-")
        write_run(run, shape, experts, model)
        rows += speed_rows(run, name, options.lines, options.tokens, SPEED_LIMIT)
    small = folder / "small"
    write_run(small, replace(SMALL, vocabulary=shape.vocabulary), 0, model)
    return rows + memory_rows(small, options.file_mb, MEMORY_LIMIT)


def main() -> None:
    """Measure and print."""
    options = arguments()
    keep_freed_memory()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(options, Path(folder))
    versions = f"torch {torch.__version__}, transformers {transformers.__version__}"
    print(f"{versions}, {options.threads} threads")
    show(rows, options.json)


if __name__ == "__main__":
    main()
