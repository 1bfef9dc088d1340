"""The named sizes, as one table.

t5_SIZE is dense, switch_SIZE and moe_SIZE are sparse, mt5_SIZE is dense with an output embedding of
its own. Base and up are the paper's (Table 9 of arXiv 2101.03961; gated GELU throughout); tiny,
mini and small are ours and T5's. A Switch model differs from the dense model of its size by its
experts alone: same widths, heads and layers, so the two cost the same FLOPs for a token.
"""

import difflib
from dataclasses import replace

from langs.errors import InputError

from .config import TransformerConfig

DEFAULT_EXPERTS = {"tiny": 16, "mini": 16, "small": 32}  # and 128 from base up
MOE_CAPACITY_FACTOR = 2.0  # room for both choices of every token; Table 1 also has 1.25 and 1.0
T5_VOCABULARY, MT5_VOCABULARY = 32128, 250112


def size(
    d_model: int, d_ff: int, d_kv: int, heads: int, layers: int, gated: bool
) -> TransformerConfig:
    """A dense model with as many encoder as decoder layers; the vocabulary is filled in later."""
    return TransformerConfig(0, d_model, d_ff, d_kv, heads, layers, layers, gated=gated)


SIZES = {
    "tiny": size(64, 256, 16, 4, 2, gated=False),
    "mini": size(256, 1024, 64, 4, 4, gated=False),
    "small": size(512, 2048, 64, 8, 6, gated=False),
    "base": size(768, 2048, 64, 12, 12, gated=True),
    "large": size(1024, 2816, 64, 16, 24, gated=True),
    "xl": size(2048, 5120, 64, 32, 24, gated=True),
    "xxl": size(4096, 10240, 64, 64, 24, gated=True),
}
# mT5's own small (arXiv 2010.11934); tiny and mini as ours, gated at two thirds of the width, so
# that they cost the same. From base up mT5 has the shapes above.
MT5_SIZES = SIZES | {
    "tiny": size(64, 168, 16, 4, 2, gated=True),
    "mini": size(256, 680, 64, 4, 4, gated=True),
    "small": size(512, 1024, 64, 6, 8, gated=True),
}
SWITCH_C = replace(size(2080, 6144, 64, 32, 15, gated=False), experts=2048, sparse_every=1)
# As fast as MoE-Base (Table 1, caption): wider, and with more heads.
SWITCH_BASE_PLUS = replace(SIZES["base"], d_model=896, heads=16, experts=128, capacity_factor=1.0)


def architectures() -> dict[str, TransformerConfig]:
    """Every named architecture, with vocabulary_size 0."""
    dense = {f"t5_{name}": config for name, config in SIZES.items()}
    multilingual = {
        f"mt5_{name}": replace(config, separate_output=True) for name, config in MT5_SIZES.items()
    }
    switch = {
        f"switch_{name}": replace(config, experts=DEFAULT_EXPERTS.get(name, 128))
        for name, config in SIZES.items()
    }
    moe = {
        f"moe_{name}": replace(
            switch[f"switch_{name}"], top_k=2, capacity_factor=MOE_CAPACITY_FACTOR
        )
        for name in SIZES
    }
    special = {"switch_c": SWITCH_C, "switch_base_plus": SWITCH_BASE_PLUS}
    return dense | multilingual | switch | special | moe


def architecture(name: str) -> TransformerConfig:
    """The settings of a named architecture.

    Args:
        name: such as "t5_base" or "switch_tiny".

    Returns:
        Its settings, with vocabulary_size 0.

    Raises:
        InputError: an unknown name; the message names the nearest ones.
    """
    known = architectures()
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"
    raise InputError(f"unknown model {name!r}; {hint}")


def usual_vocabulary(name: str) -> int:
    """Vocabulary size of the released T5, or of mT5 for an mt5_ model, with their padding."""
    return MT5_VOCABULARY if name.startswith("mt5_") else T5_VOCABULARY
