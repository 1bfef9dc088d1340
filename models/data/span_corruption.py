"""T5's span corruption: spans of the text are replaced by sentinels, the target restores them.

Source: Raffel et al. (arXiv 1910.10683), section 3.1.4, and the published `random_spans` code's
definitions: the number of noise tokens and spans depends on the length alone, so that every
sequence of one length gives one source and one target length.
"""

import numpy as np

from langs.errors import InputError

NOISE_DENSITY = 0.15
MEAN_SPAN_TOKENS = 3.0
MINIMUM_SOURCE_TOKENS = 8


def noise_counts(
    tokens: int, density: float = NOISE_DENSITY, mean_span: float = MEAN_SPAN_TOKENS
) -> tuple[int, int]:
    """(noise tokens, noise spans) of a text of so many tokens, at least 2."""
    noise = min(max(round(tokens * density), 1), tokens - 1)
    spans = min(max(round(noise / mean_span), 1), tokens - noise)
    return noise, spans


def corrupted_lengths(
    tokens: int, density: float = NOISE_DENSITY, mean_span: float = MEAN_SPAN_TOKENS
) -> tuple[int, int]:
    """(source, target) tokens, each with its end-of-sentence token."""
    noise, spans = noise_counts(tokens, density, mean_span)
    return tokens - noise + spans + 1, noise + spans + 1


def text_tokens_for(
    source_tokens: int, density: float = NOISE_DENSITY, mean_span: float = MEAN_SPAN_TOKENS
) -> int:
    """Tokens of the longest text whose source has at most source_tokens tokens (T5's packing).

    Raises InputError for settings that no text can have.
    """
    if not (source_tokens >= MINIMUM_SOURCE_TOKENS and 0 < density <= 0.9 and mean_span >= 1):
        raise InputError(
            f"source_tokens {source_tokens}, noise_density {density}, mean_span_tokens {mean_span}:"
            f" give {MINIMUM_SOURCE_TOKENS} tokens or more, a density in (0, 0.9], a mean >= 1"
        )
    tokens = 2
    while corrupted_lengths(tokens + 1, density, mean_span)[0] <= source_tokens:
        tokens += 1
    return tokens


def random_partition(items: int, parts: int, rng: np.random.Generator) -> np.ndarray:
    """Lengths (int64 [parts], each at least 1, sum items) of a uniformly drawn partition."""
    cuts = np.sort(rng.choice(items - 1, parts - 1, replace=False)) + 1
    return np.diff(np.concatenate(([0], cuts, [items])))


def noise_mask(
    tokens: int,
    rng: np.random.Generator,
    density: float = NOISE_DENSITY,
    mean_span: float = MEAN_SPAN_TOKENS,
) -> np.ndarray:
    """bool [tokens], True where the text is hidden; starts with text, ends with a hidden span."""
    noise, spans = noise_counts(tokens, density, mean_span)
    kept_lengths = random_partition(tokens - noise, spans, rng)
    noise_lengths = random_partition(noise, spans, rng)
    lengths = np.stack([kept_lengths, noise_lengths], axis=1).ravel()
    return np.repeat(np.arange(2 * spans) % 2 == 1, lengths)


def corrupt(
    text: np.ndarray, mask: np.ndarray, first_sentinel: int, eos: int
) -> tuple[np.ndarray, np.ndarray]:
    """Replace the hidden spans of a text by sentinels.

    Args:
        text: int64 [tokens].
        mask: bool [tokens], True where the text is hidden.
        first_sentinel: id of `<extra_id_0>`; later sentinels count down from it.
        eos: id of the end of sentence.

    Returns:
        The source, in which each hidden span is one sentinel, and the target: span after span, its
        sentinel and its tokens. Both int64, ended by eos.
    """
    starts = mask & ~np.concatenate(([False], mask[:-1]))
    sentinels = first_sentinel + 1 - np.cumsum(starts)
    source = np.where(starts, sentinels, text)[starts | ~mask]
    hidden = np.flatnonzero(mask)
    before = np.flatnonzero(starts[hidden])
    target = np.insert(text[hidden], before, sentinels[starts])
    return np.append(source, eos).astype(np.int64), np.append(target, eos).astype(np.int64)
