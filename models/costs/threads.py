"""Threads of a process that computes on a CPU."""

import torch

from models import cores
from models.network.config import TransformerConfig

WIDEST_FOR_ONE_THREAD = 128
"""d_model up to which one thread is fastest (benchmarks/threads.py, docs/training.md)."""


def use(config: TransformerConfig, asked: int = 0) -> int:
    """Set the number of threads of this process for a model, and return it.

    Args:
        config: the model's shape.
        asked: a number of threads, or 0 for the fastest: one for a narrow model, whose products
            are over before a second thread has begun, else one a core that the process may use,
            and never more than OMP_NUM_THREADS says.
    """
    threads = asked or _fastest(config)
    torch.set_num_threads(threads)
    return threads


def _fastest(config: TransformerConfig) -> int:
    if config.d_model <= WIDEST_FOR_ONE_THREAD:
        return 1
    return min(torch.get_num_threads(), cores.available())
