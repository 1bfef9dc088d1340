"""A fixed shuffle of 0 .. n-1 that is computed place by place instead of being stored."""

from collections.abc import Sequence

import numpy as np

ROUNDS = 4
MASK = 2**64 - 1


class Permutation:
    """A keyed bijection of range(size): a Feistel network, walked until it lands inside.

    Source: format-preserving encryption by cycle walking (Black & Rogaway, CT-RSA 2002).
    """

    def __init__(self, size: int, seed: tuple[int, ...]) -> None:
        self.size = size
        self.half_bits = max(1, ((size - 1).bit_length() + 1) // 2)
        self.half_mask = 2**self.half_bits - 1
        keys = np.random.default_rng(seed).integers(2**63, size=ROUNDS)
        self.keys = [int(key) for key in keys]

    def __getitem__(self, place: int) -> int:
        value = self.encrypt(place)
        while value >= self.size:
            value = self.encrypt(value)
        return value

    def encrypt(self, value: int) -> int:
        """One pass of the network over range(4 ** half_bits)."""
        left, right = value >> self.half_bits, value & self.half_mask
        for key in self.keys:
            left, right = right, left ^ (mix(right ^ key) & self.half_mask)
        return left << self.half_bits | right


class Passes:
    """Passes over collections, each pass in a fresh order.

    The last order of a collection is kept: a pass is walked through from begin to end.
    """

    def __init__(self, sizes: Sequence[int], seed: int) -> None:
        """sizes: items in each collection, at least 1."""
        self.sizes, self.seed = sizes, seed
        self.held: dict[int, tuple[int, Permutation]] = {}  # collection: (pass, order)

    def place(self, collection: int, rank: int) -> tuple[int, int]:
        """(pass, item), both from 0, of the rank-th draw from a collection."""
        turn, place = divmod(rank, self.sizes[collection])
        held = self.held.get(collection)
        if held is None or held[0] != turn:
            order = Permutation(self.sizes[collection], (self.seed, 3, collection, turn))
            held = self.held[collection] = (turn, order)
        return turn, held[1][place]


def mix(value: int) -> int:
    """Spread every bit of a 64-bit number over all others (the finaliser of SplitMix64)."""
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & MASK
    return value ^ (value >> 31)
