"""Memory of tensors on a CPU: keep what is freed, instead of giving it back at every step.

glibc maps large blocks one by one and unmaps them when they are freed. A step's gradients are such
blocks, freed at its end; the next step gets fresh pages, which the kernel must first fill with
zeros. For a layer of many experts that takes longer than its products
(docs/decisions/2026-11-25-costs-of-a-switch-layer.md).
"""

import contextlib
import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # malloc.h
LARGEST = 2**31 - 1  # bytes


def keep_freed_memory() -> None:
    """From now on freed blocks stay with this process; where the C library is another, nothing."""
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(M_MMAP_THRESHOLD, LARGEST)
        library.mallopt(M_TRIM_THRESHOLD, LARGEST)
