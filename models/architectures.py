"""The named sizes, as one table, and what a model of a size costs.

Base and up are the paper's (Table 9 of arXiv 2101.03961; gated GELU throughout); tiny, mini and
small are ours and T5's. A Switch model differs from the dense model of its size by its experts
alone: same widths, heads and layers, so the two cost the same FLOPs for a token.
"""

from dataclasses import replace

from langs.errors import InputError

from .transformer import TransformerConfig

DEFAULT_EXPERTS = {"tiny": 16, "mini": 16, "small": 32, "base": 128, "large": 128, "xxl": 128}


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
    "xxl": size(4096, 10240, 64, 64, 24, gated=True),
}


def architectures() -> dict[str, TransformerConfig]:
    """Every named architecture: t5_SIZE (dense) and switch_SIZE, with vocabulary_size 0."""
    dense = {f"t5_{name}": config for name, config in SIZES.items()}
    sparse = {
        f"switch_{name}": replace(config, experts=DEFAULT_EXPERTS[name])
        for name, config in SIZES.items()
    }
    return dense | sparse


def architecture(name: str) -> TransformerConfig:
    """The named size. Raises InputError for an unknown name."""
    known = architectures()
    if name not in known:
        raise InputError(f"unknown model {name!r}; there are {', '.join(known)}")
    return known[name]


def feed_forward_parameters(config: TransformerConfig) -> int:
    """Weights of one expert, or of one dense feed-forward block."""
    return config.d_model * config.d_ff * (3 if config.gated else 2)


def inactive_parameters(config: TransformerConfig) -> int:
    """Expert weights that a token does not meet: all experts but one in each Switch layer."""
    layers = [*range(config.encoder_layers), *range(config.decoder_layers)]
    sparse = sum(config.is_sparse(layer) for layer in layers)
    return sparse * max(0, config.experts - 1) * feed_forward_parameters(config)


def forward_flops(config: TransformerConfig, source_tokens: int, target_tokens: int) -> int:
    """FLOPs of one forward pass over one sequence pair; a multiply-add counts 2.

    Matrix products only (projections, attention, feed-forward, router, output), embedding look-ups
    and element-wise work left out, as is usual.
    """
    inner = config.heads * config.d_kv
    projection = 2 * config.d_model * inner
    feed_forward = 2 * feed_forward_parameters(config)

    def attention(queries: int, keys: int) -> int:
        products = 2 * 2 * queries * keys * inner
        return projection * (2 * queries + 2 * keys) + products

    def stack(layers: int, tokens: int) -> int:
        sparse = sum(config.is_sparse(layer) for layer in range(layers))
        router = 2 * config.d_model * config.experts * sparse
        return layers * (attention(tokens, tokens) + tokens * feed_forward) + tokens * router

    cross = config.decoder_layers * attention(target_tokens, source_tokens)
    output = 2 * target_tokens * config.d_model * config.vocabulary_size
    encoder = stack(config.encoder_layers, source_tokens)
    return encoder + stack(config.decoder_layers, target_tokens) + cross + output


def training_flops_per_token(
    config: TransformerConfig, source_tokens: int, target_tokens: int
) -> float:
    """Forward and backward (three times the forward pass), over source and target tokens."""
    forward = forward_flops(config, source_tokens, target_tokens)
    return 3 * forward / (source_tokens + target_tokens)
