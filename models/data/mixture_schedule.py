"""Which language each training sequence is drawn from: fixed for a seed, found at any place.

The order is made chunk by chunk: counts from a multinomial with the mixture's rates, then a
shuffle. To go to a place far in, only the counts of the chunks before it are drawn again, so
nothing has to be stored, however long the run.
"""

import numpy as np

CHUNK_SEQUENCES = 4096


class MixtureSchedule:
    """Sequence i -> (index of its language, number of earlier sequences of that language)."""

    def __init__(self, rates: np.ndarray, seed: int) -> None:
        """A schedule.

        Args:
            rates: float [languages], non-negative; they need not sum to 1.
            seed: of the order.
        """
        self.rates = np.asarray(rates, dtype=np.float64) / np.sum(rates)
        self.seed = seed
        self.next_chunk = 0
        self.drawn = np.zeros(len(self.rates), dtype=np.int64)  # in the chunks before next_chunk
        self.languages = np.zeros(0, dtype=np.int64)
        self.ranks = np.zeros(0, dtype=np.int64)

    def __getitem__(self, sequence: int) -> tuple[int, int]:
        chunk, place = divmod(sequence, CHUNK_SEQUENCES)
        if chunk != self.next_chunk - 1:
            self.go_to(chunk)
        return int(self.languages[place]), int(self.ranks[place])

    def go_to(self, chunk: int) -> None:
        """Lay out a chunk, from the current one on where that comes before it."""
        if chunk < self.next_chunk:
            self.next_chunk = 0
            self.drawn[:] = 0
        while self.next_chunk < chunk:
            self.drawn += self.counts(self.next_chunk)
            self.next_chunk += 1
        counts = self.counts(chunk)
        ordered = np.repeat(np.arange(len(counts)), counts)
        self.languages = self.generator(chunk, 1).permutation(ordered)
        places = np.argsort(self.languages, kind="stable")  # language by language, in order
        self.ranks = np.empty_like(ordered)
        self.ranks[places] = np.concatenate([np.arange(n) for n in counts]) + self.drawn[ordered]
        self.drawn += counts
        self.next_chunk = chunk + 1

    def counts(self, chunk: int) -> np.ndarray:
        """Sequences of each language in a chunk, int64 [languages]."""
        return self.generator(chunk, 0).multinomial(CHUNK_SEQUENCES, self.rates)

    def generator(self, chunk: int, purpose: int) -> np.random.Generator:
        """Random numbers that depend on seed, chunk and purpose alone."""
        return np.random.default_rng((self.seed, chunk, purpose))
