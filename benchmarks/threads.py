"""How long an update and a step of translation take with one thread and with more.

    python benchmarks/threads.py [--busy N]

For each named size: milliseconds of an update (forward, backward) of a batch of 32 x 128 tokens and
of a step of greedy search over 100 sentences, by threads; settings alternate, the least of ROUNDS
is told. --busy runs N other processes that compute all the time, as on a shared machine.
"""

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import replace

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import torch
from torch import Tensor

from models import cores
from models.generation.search import Rules, greedy
from models.network.architectures import architecture
from models.network.transformer import Transformer

SIZES = ("tiny", "mini", "small")
VOCABULARY, BATCH, LENGTH, TARGET = 16_000, 32, 128, 32
SENTENCES, SEARCH_STEPS = 100, 8
ROUNDS = 5


def spin() -> None:
    """Compute without end."""
    while True:
        sum(range(10_000))


def model_of(name: str) -> Transformer:
    """A model with random weights."""
    shape = replace(architecture(name), vocabulary_size=VOCABULARY, capacity_factor=None)
    return Transformer(shape)


def update(model: Transformer) -> Callable[[], None]:
    """A forward and backward pass over a batch."""
    source = torch.randint(5, VOCABULARY, (BATCH, LENGTH))
    target = torch.randint(5, VOCABULARY, (BATCH, TARGET))

    def work() -> None:
        model.train()
        hidden, weight = model.output_projection(model(source, target).hidden)
        loss: Tensor = (hidden @ weight.t()).logsumexp(-1).sum()
        loss.backward()

    return work


def search(model: Transformer) -> Callable[[], None]:
    """Some steps of greedy search over sentences."""
    source = torch.randint(5, VOCABULARY, (SENTENCES, 32))
    rules = Rules(eos=1, max_length=SEARCH_STEPS, min_length=SEARCH_STEPS)
    return lambda: (greedy(model, source, rules), None)[1]


def milliseconds(work: Callable[[], None], counts: list[int]) -> dict[int, float]:
    """The least time of the work by number of threads; numbers alternate."""
    best = dict.fromkeys(counts, float("inf"))
    for _ in range(ROUNDS):
        for count in counts:
            torch.set_num_threads(count)
            started = time.perf_counter()
            work()
            best[count] = min(best[count], 1000 * (time.perf_counter() - started))
    return best


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busy", type=int, default=0, metavar="N", help="other processes")
    others = [
        multiprocessing.Process(target=spin, daemon=True) for _ in range(parser.parse_args().busy)
    ]
    for process in others:
        process.start()
    counts = sorted({1, 2, 4, 8, cores.available()} & set(range(1, cores.available() + 1)))
    print("model         work    " + "".join(f"{count:>4} threads" for count in counts))
    for size in SIZES:
        for name in (f"t5_{size}", f"switch_{size}"):
            for title, make in (("update", update), ("search", search)):
                times = milliseconds(make(model_of(name)), counts)
                row = "".join(f"{times[count]:>9.1f} ms" for count in counts)
                print(f"{name:<13} {title:<7}{row}", flush=True)


if __name__ == "__main__":
    main()
