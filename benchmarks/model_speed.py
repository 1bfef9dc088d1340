"""Speed and memory of our models beside those of `transformers`, against the project's bars.

    python benchmarks/model_speed.py [--json FILE] [--quick]
    python benchmarks/model_speed.py --device cuda [--d-model 768 ...] [--json FILE]

All sides of a comparison take turns within one run, so that a machine whose speed drifts treats
them alike; times are medians. The process keeps freed memory, as our training does, which serves
both sides. On a GPU: training steps in bfloat16 and model FLOP utilisation.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
import transformers
from speed.memory import describe_rows, memory_rows
from speed.peers import Shape
from speed.rows import Row, show
from speed.timing import generation_rows, step_rows, utilisation_rows

from models.train import keep_freed_memory

STEP_TOKENS, SHORT_TOKENS = 8192, 1024
DENSE_LIMIT = 0.9  # time of our dense step to theirs
PEER_LIMIT = 1.0  # of everything else to theirs: nowhere slower, nowhere larger
STEP_LIMITS = {8: 1.08, 32: 1.15}  # Switch to our dense, by experts
SHORT_LIMITS = {8: 1.15, 32: 1.4, 128: 2.0}
GENERATION_LIMIT, SENTENCES = 1.3, 32  # tokens a second of ours to theirs
DESCRIBE_SECONDS, DESCRIBE_MIB = 10, 2048
GPU = Shape(32000, 768, 2048, 64, 12, 6, 512, 114, "cuda", torch.bfloat16)
GPU_TOKENS, GPU_EXPERTS, GPU_DENSE_LIMIT, GPU_PEER_LIMIT = 32768, (32, 128), 1.15, 1 / 3
QUICK = Shape(vocabulary=60, d_model=16, d_ff=32, d_kv=8, heads=2, layers=2, source=16, target=8)


def limits(sparse: float, peer: float = PEER_LIMIT, dense: float = DENSE_LIMIT) -> dict[str, float]:
    """Limits of a section of step times."""
    return {"dense": dense, "sparse": sparse, "peer": peer}


def cpu_rows(shape: Shape, step: int, short: int, rounds: int, threads: int) -> list[Row]:
    """All rows of a CPU."""
    rows = memory_rows(shape, (0, 8, 32, 128), step, threads, PEER_LIMIT)
    for experts, limit in STEP_LIMITS.items():
        section = f"training step, {step:,} tokens, {experts} experts"
        rows += step_rows(section, shape, experts, step, True, rounds, limits(limit))
    for experts, limit in SHORT_LIMITS.items():
        section = f"forward and backward, {short:,} tokens, {experts} experts"
        # several times as many rounds: these steps are short
        rows += step_rows(
            section, shape, experts, short, False, 3 * rounds, limits(limit, dense=PEER_LIMIT)
        )
    for experts in (0, 8, 32):
        rows += generation_rows(shape, experts, SENTENCES, rounds, GENERATION_LIMIT)
    return rows + describe_rows("switch_c", DESCRIBE_SECONDS, DESCRIBE_MIB)


def gpu_rows(shape: Shape, tokens: int, rounds: int, peak_tflops: float) -> list[Row]:
    """Training steps on a GPU."""
    rows: list[Row] = []
    for experts in GPU_EXPERTS:
        section = f"training step, {tokens:,} tokens, {experts} experts, bfloat16"
        bars = limits(GPU_DENSE_LIMIT, GPU_PEER_LIMIT)
        timed = step_rows(section, shape, experts, tokens, True, rounds, bars)
        rows += [*timed, *utilisation_rows(timed, shape, tokens, peak_tflops)]
    return rows


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table as JSON too")
    parser.add_argument("--quick", action="store_true", help="tiny models: does it run?")
    parser.add_argument("--rounds", type=int, default=7, help="timed rounds of a training step")
    parser.add_argument("--threads", type=int, default=2, help="of the CPU")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    gpu = parser.add_argument_group("sizes on a GPU")
    gpu.add_argument("--tokens", type=int, default=GPU_TOKENS, help="of a step")
    gpu.add_argument("--peak-tflops", type=float, default=989, help="of the GPU (H100, bfloat16)")
    for name in ("d_model", "d_ff", "heads", "layers", "vocabulary", "source", "target"):
        option = "--" + name.replace("_", "-")
        gpu.add_argument(option, type=int, default=getattr(GPU, name))
    return parser.parse_args()


def measure(options: argparse.Namespace) -> list[Row]:
    """The rows that the command line asks for."""
    if options.device == "cuda":
        names = ("d_model", "d_ff", "heads", "layers", "vocabulary", "source", "target")
        shape = replace(GPU, **{name: getattr(options, name) for name in names})
        return gpu_rows(shape, options.tokens, options.rounds, options.peak_tflops)
    if options.quick:
        return cpu_rows(QUICK, 240, 48, 1, 1)
    return cpu_rows(Shape(), STEP_TOKENS, SHORT_TOKENS, options.rounds, options.threads)


def main() -> None:
    """Measure and print."""
    options = arguments()
    keep_freed_memory()
    torch.set_num_threads(1 if options.quick else options.threads)
    rows = measure(options)
    where = (
        torch.cuda.get_device_name() if options.device == "cuda" else f"{options.threads} threads"
    )
    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {where}")
    show(rows, options.json)


if __name__ == "__main__":
    main()
