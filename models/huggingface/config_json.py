"""config.json of T5 v1.0 and v1.1, mT5 and Switch, as our settings and back.

Written against transformers 5.23, whose folders and those of 4.x are both read.
"""

import itertools
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from langs.errors import InputError
from models.network.config import TransformerConfig, sparse_layers

T5, MT5, SWITCH = "t5", "mt5", "switch_transformers"
CLASSES = {
    T5: "T5ForConditionalGeneration",
    MT5: "MT5ForConditionalGeneration",
    SWITCH: "SwitchTransformersForConditionalGeneration",
}
SECOND = 2  # layer, from 1, at which theirs begin
NO_LIMIT = 2**20  # expert capacity in tokens, more than any sequence fills

# Name in config.json -> name in our settings.
SAME = {
    "vocab_size": "vocabulary_size",
    "d_model": "d_model",
    "d_ff": "d_ff",
    "d_kv": "d_kv",
    "num_heads": "heads",
    "num_layers": "encoder_layers",
    "num_decoder_layers": "decoder_layers",
    "relative_attention_num_buckets": "position_buckets",
    "relative_attention_max_distance": "position_max_distance",
}
# Entries that our model fixes: (value, the other values in words). A missing entry has this value.
FIXED: dict[str, tuple[Any, str]] = {
    "is_encoder_decoder": (True, "an encoder or decoder alone"),
    "layer_norm_epsilon": (1e-6, "another epsilon in the norms"),
    "pad_token_id": (0, "another padding token"),
    "eos_token_id": (1, "another end-of-sentence token"),
    "decoder_start_token_id": (0, "another first token of the decoder"),
    "router_bias": (False, "a bias in the router"),
    "router_dtype": ("float32", "a router in low precision"),
}
ACTIVATIONS = {False: ("relu", "relu"), True: ("gated-gelu", "gelu_new")}  # by `gated`
# Our settings that change nothing in a trained model's outputs as long as no token is dropped.
TRAINING_ONLY = {
    *("capacity_factor", "eval_capacity_factor", "reroute_rounds"),
    *("exploration", "expert_dropout", "expert_masking"),
    *("init_scale", "embedding_std", "local_balance"),
}
HELD = {
    *SAME.values(),
    *("gated", "separate_output", "unscaled_output", "experts", "sparse_every", "sparse_first"),
    *("dropout", "jitter"),
}
DEFAULTS = {f.name: f.default for f in fields(TransformerConfig) if f.default is not MISSING}


def from_hugging_face(entries: Mapping[str, Any], has_output: bool) -> TransformerConfig:
    """Our settings for the entries of config.json; has_output: the folder has an lm_head.

    A Switch model comes with the paper's capacity factor 1.25 in training and none in evaluation.
    Raises InputError, one line, for settings that our model does not have.
    """
    family = entries.get("model_type")
    if family not in CLASSES:
        raise InputError(f"model_type is {family!r}: only {', '.join(CLASSES)} can be imported")
    check_fixed(entries, FIXED)
    values: dict[str, Any] = {
        ours: _whole(entries, name) for name, ours in SAME.items() if _given(entries, name)
    }
    values.setdefault("decoder_layers", values.get("encoder_layers", 0))
    missing = [n for n, o in SAME.items() if o not in values and o not in DEFAULTS]
    if missing:
        raise InputError(f"{missing[0]} is missing")
    scaled = _is_scaled(family, entries)
    if family == SWITCH and not scaled and not has_output:
        raise InputError("tie_word_embeddings is false, but there is no lm_head.weight")
    return TransformerConfig(
        **values,
        **_sparse(entries, values) if family == SWITCH else {},
        gated=_is_gated(entries),
        separate_output=has_output and not scaled,
        unscaled_output=not has_output and not scaled,
        dropout=_fraction(entries, "dropout_rate", 0.1),
    )


def to_hugging_face(config: TransformerConfig, architecture: str) -> dict[str, Any]:
    """The entries of config.json for our settings; architecture "mt5..." gives mT5 if it can.

    Raises InputError, one line, for settings that config.json cannot hold.
    """
    _check_exportable(config)
    scaled = is_scaled(config)
    family = T5 if scaled or not architecture.startswith(MT5) else MT5
    projection, activation = ACTIVATIONS[config.gated]
    entries = {
        "architectures": [CLASSES[SWITCH if config.experts else family]],
        "model_type": SWITCH if config.experts else family,
        **{name: getattr(config, ours) for name, ours in SAME.items()},
        **{name: value for name, (value, _) in FIXED.items() if not name.startswith("router")},
        "dropout_rate": config.dropout,
        "feed_forward_proj": projection,
        "dense_act_fn": activation,
        "is_gated_act": config.gated,
        "tie_word_embeddings": scaled,
        # transformers 5 makes a cache of as many layers as the encoder has, and fails beyond.
        "use_cache": config.decoder_layers <= config.encoder_layers,
    }
    if config.experts:
        return entries | _their_sparsity(config)
    return entries | ({"scale_decoder_outputs": scaled} if family == T5 else {})


def is_scaled(config: TransformerConfig) -> bool:
    """Whether the logits are (hidden states x d_model^-0.5) embedding^T."""
    return not (config.separate_output or config.unscaled_output)


def their_sparse_layers(layers: int, step: int) -> set[int]:
    """The Switch layers of a stack in transformers: the 2nd, and each `step`-th from there."""
    return {i for i in range(layers) if step > 0 and (i % step == 1 or step == 1)}


def _given(entries: Mapping[str, Any], name: str) -> bool:
    return entries.get(name) is not None


def _whole(entries: Mapping[str, Any], name: str, least: int = 1) -> int:
    value = entries[name]
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 2**31:
        raise InputError(f"{name} is {value!r}: it must be a whole number from {least} to 2^31")
    return value


def _fraction(entries: Mapping[str, Any], name: str, default: float) -> float:
    value = entries.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
        raise InputError(f"{name} is {value!r}: it must be from 0 to below 1")
    return float(value)


def check_fixed(entries: Mapping[str, Any], fixed: Mapping[str, tuple[Any, str]]) -> None:
    """Raises InputError for an entry that has another value than in `fixed`, a table as FIXED."""
    for name, (needed, what) in fixed.items():
        value = entries.get(name)
        if value is not None and value != needed and value != [needed]:
            raise InputError(f"{name} is {value!r}: {what} is not supported, only {needed!r}")


def _is_gated(entries: Mapping[str, Any]) -> bool:
    """By feed_forward_proj, or dense_act_fn where that is all there is (Switch)."""
    default = "gated-gelu" if entries["model_type"] == MT5 else "relu"
    projection = entries.get("feed_forward_proj") or default
    for gated, (known, activation) in ACTIVATIONS.items():
        if projection == known and entries.get("dense_act_fn", activation) == activation:
            if gated and entries["model_type"] == SWITCH:
                break
            return gated
    given = entries.get("dense_act_fn", projection) if projection == "relu" else projection
    allowed = "'relu'" if entries["model_type"] == SWITCH else "'relu' and 'gated-gelu'"
    raise InputError(
        f"feed-forward {given!r} is not supported in {entries['model_type']}; {allowed} is"
    )


def _is_scaled(family: str, entries: Mapping[str, Any]) -> bool:
    """mT5 never scales; T5 and Switch do unless the embeddings are said to be untied.

    transformers 5 ties all of T5 and remembers v1.1 by `scale_decoder_outputs`.
    """
    untied = entries.get("tie_word_embeddings") is False
    if family == T5:
        return bool(entries.get("scale_decoder_outputs", not untied))
    return family == SWITCH and not untied


def _sparse(entries: Mapping[str, Any], values: Mapping[str, int]) -> dict[str, Any]:
    stacks = [("encoder", values["encoder_layers"]), ("decoder", values["decoder_layers"])]
    steps = [_step(entries, stack, layers) for stack, layers in stacks]
    wanted = [their_sparse_layers(n, step) for (_, n), step in zip(stacks, steps, strict=True)]
    steps_of_ours = range(1, max(n for _, n in stacks) + 2)
    for first, every in itertools.product((0, SECOND), steps_of_ours):
        if wanted == [set(sparse_layers(n, every, first)) for _, n in stacks]:
            return {
                "experts": _whole({"num_experts": 8, **entries}, "num_experts"),
                "sparse_every": every,
                "sparse_first": first,
                "jitter": _fraction(entries, "router_jitter_noise", 0.01),
            }
    raise InputError(
        f"Switch layers at steps of {steps[0]} in the encoder and {steps[1]} in the decoder: ours "
        "are at the same in both stacks"
    )


def _step(entries: Mapping[str, Any], stack: str, layers: int) -> int:
    """transformers' rule: a step that is saved wins over the one that the counts give."""
    if _given(entries, f"{stack}_sparse_step"):
        return _whole(entries, f"{stack}_sparse_step", least=0)
    name = f"num_sparse_{stack}_layers"
    sparse = _whole({name: 3, **entries}, name, least=0)
    return layers // sparse if sparse else layers


def _check_exportable(config: TransformerConfig) -> None:
    cannot = "a Hugging Face folder cannot hold"
    if config.experts and config.gated:
        raise InputError(f"{cannot} gated experts: their Switch layers are ReLU ones only")
    for name, default in DEFAULTS.items():
        value = getattr(config, name)
        if name not in HELD | TRAINING_ONLY and value != default:
            raise InputError(f"{cannot} {name}={value}: only {default} can be exported")


def _their_sparsity(config: TransformerConfig) -> dict[str, Any]:
    entries: dict[str, Any] = {
        "num_experts": config.experts,
        "expert_capacity": NO_LIMIT,
        "router_bias": False,
        "router_dtype": "float32",
        "router_jitter_noise": config.jitter,
        "router_z_loss_coef": 0.001,
        "router_aux_loss_coef": 0.01,
    }
    for stack in ("encoder", "decoder"):
        layers = getattr(config, f"{stack}_layers")
        wanted = set(sparse_layers(layers, config.sparse_every, config.sparse_first))
        for sparse in range(layers + 1):
            step = layers // sparse if sparse else layers
            if their_sparse_layers(layers, step) == wanted:
                entries[f"num_sparse_{stack}_layers"] = sparse
                entries[f"{stack}_sparse_step"] = step
                break
        else:
            raise InputError(
                f"a Hugging Face folder cannot hold sparse_every={config.sparse_every} with "
                f"{layers} {stack} layers: theirs starts with the second layer"
            )
    return entries
