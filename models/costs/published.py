"""What the Switch paper says its models cost (arXiv 2101.03961), and its way of counting FLOPs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.network.transformer import Transformer

from .counts import Lengths, attention_flops, soft_max_flops, weights

LENGTHS = Lengths(512, 114)  # T5's span corruption of 512 tokens
VOCABULARY = 32128


@dataclass(frozen=True)
class Published:
    """A row of Table 9; where the text or another table gives a figure with more digits, that."""

    parameters: float
    source: str  # of `parameters`
    flops: float  # FLOPs/seq
    remark: str = ""
    instead: Mapping[str, Any] = field(default_factory=dict)  # settings that fit better


TABLE_9 = {
    "t5_base": Published(223e6, "Table 6", 124e9),
    "t5_large": Published(739e6, "section 4.1", 425e9),
    "t5_xxl": Published(11e9, "Table 9", 6.3e12),
    "switch_base": Published(7.4e9, "Table 8", 124e9),
    "switch_large": Published(
        26e9,
        "Table 9",
        425e9,
        "Table 9 is at odds with itself: its 26B and its 425B are those of ReLU with d_ff 4096, "
        "T5-Large's first shape and the released checkpoint's, not of the gated GELU with d_ff "
        "2816 that it prints.",
        {"gated": False, "d_ff": 4096},
    ),
    "switch_xxl": Published(
        395e9, "Table 9", 6.3e12, "Table 9 prints 64 experts; only 128 give its 395B (64: 201B)."
    ),
    "switch_c": Published(1571e9, "Table 9", 890e9),
}
COUNTING = (
    "FLOPs/seq as the paper says it counts, by Kaplan et al. (arXiv 2001.08361, Table 1): the "
    f"forward pass over {LENGTHS.source} source and {LENGTHS.target} target tokens with a "
    f"vocabulary of {VOCABULARY:,}; each weight of the encoder counts 2 for a source token, each "
    "of the decoder and the soft-max 2 for a target token; attention costs 2 x heads x d_kv for a "
    "pair of query and key; the router is left out. The lengths and the last two points are the "
    "reading that fits all rows, not the paper's words."
)


def table_9_flops(model: Transformer, lengths: Lengths = LENGTHS) -> int:
    """FLOPs/seq by the convention of COUNTING: within 2 % of every row of Table 9."""
    own_stack = {"encoder": lengths.source, "decoder": lengths.target}
    products = sum(
        2 * weight.active * own_stack[weight.name.split(".")[0]]
        for weight in weights(model)
        if weight.multiplies and weight.part != "router"
    )
    scores = attention_flops(model.config, lengths) // 2
    return round(products) + scores + soft_max_flops(model, lengths)
