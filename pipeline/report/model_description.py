"""A description as people read it."""

import textwrap
from typing import Any

from pipeline.show.table import aligned

_PARTS = {
    "attention": "attention",
    "cross_attention": "cross-attention",
    "feed_forward": "feed-forward",
    "router": "router",
    "norm": "norms",
}
_WIDTH = 96


def text(description: dict[str, Any]) -> str:
    """The whole, from the dictionary of `describe`."""
    sections = [
        _heading(description),
        _layers(description),
        _parameters(description),
        _flops(description),
        _memory(description["memory"]),
    ]
    if description["published"]:
        sections.append(_published(description["published"]))
    return "\n\n".join(sections)


def short(number: float) -> str:
    """A count in few letters, as the paper writes them: 7.42B, 223M."""
    return _scaled(number, {"T": 1e12, "B": 1e9, "M": 1e6, "k": 1e3})


def size(number: int) -> str:
    """Bytes in few letters, by powers of 1,000: 29.7 GB."""
    return _scaled(number, {" TB": 1e12, " GB": 1e9, " MB": 1e6, " kB": 1e3})


def _scaled(number: float, units: dict[str, float]) -> str:
    for name, unit in units.items():
        if abs(number) >= 0.9995 * unit:
            return f"{number / unit:.3g}{name}"
    return f"{number:.3g}"


def _heading(description: dict[str, Any]) -> str:
    config = description["config"]
    kind = "gated GELU" if config["gated"] else "ReLU"
    output = "an output embedding of its own" if config["separate_output"] else "tied output"
    lines = [
        f"{description['name']}: {config['encoder_layers']} encoder and "
        f"{config['decoder_layers']} decoder layers, {_sparsity(description)}",
        f"d_model {config['d_model']:,}, d_ff {config['d_ff']:,} ({kind}), {config['heads']} heads "
        f"of {config['d_kv']}, vocabulary {config['vocabulary_size']:,}, {output}",
    ]
    if config["experts"]:
        training, evaluation = config["capacity_factor"], config["eval_capacity_factor"]
        lines.append(
            f"expert capacity: {_capacity(training)} in training, {_capacity(evaluation)} in "
            "evaluation"
        )
    if config["expert_widths"]:
        widths = ", ".join(f"{width:,}" for width in config["expert_widths"])
        lines.append(f"d_ff of the experts: {widths}; what is active is a mean over them")
    if config["attention_experts"]:
        lines.append("experts make queries, keys and values of sparse layers too")
    return "\n".join(lines)


def _sparsity(description: dict[str, Any]) -> str:
    sparse = {"encoder": 0, "decoder": 0}
    for group in description["layers"]:
        if group["experts"] > 1:
            sparse[group["stack"]] += len(group["numbers"])
    if not sum(sparse.values()):
        return "dense"
    config = description["config"]
    return (
        f"{sparse['encoder']} and {sparse['decoder']} of them with {config['experts']:,} experts, "
        f"{config['top_k']} for a token"
    )


def _capacity(factor: float | None) -> str:
    return "no limit" if factor is None else f"{factor:g}"


def _layers(description: dict[str, Any]) -> str:
    groups = description["layers"]
    shown = [part for part in _PARTS if any(part in group["parts"] for group in groups)]
    rows = [["parameters of a layer", *(_PARTS[part] for part in shown), "all", "active"]]
    for group in groups:
        numbers = [short(group["parts"][part]) if part in group["parts"] else "-" for part in shown]
        rows.append(
            [_layer_names(group), *numbers, short(group["parameters"]), short(group["active"])]
        )
    for part, value in description["outside_layers"].items():
        rows.append([part, *("" for _ in shown), short(value), short(value)])
    return aligned(rows)


def _layer_names(group: dict[str, Any]) -> str:
    names = [str(number) for number in group["numbers"]]
    if len(names) > 4:
        names = [*names[:2], "...", names[-1]]
    return f"{group['stack']} layers {', '.join(names)} ({len(group['numbers'])})"


def _parameters(description: dict[str, Any]) -> str:
    total, active = description["parameters"]["total"], description["parameters"]["active"]
    rows = [["parameters", "", ""], ["  total", short(total), f"{total:,}"]]
    rows.append(["  active (met by one token)", short(active), f"{active:,}"])
    return aligned(rows)


def _flops(description: dict[str, Any]) -> str:
    flops = description["flops"]
    rows = [["FLOPs", "of a sequence", "of a token"]]
    for label, kind in (("  forward", "forward"), ("  forward and backward", "training")):
        rows.append([label, *(short(flops[f"{kind}_per_{of}"]) for of in ("sequence", "token"))])
    note = (
        f"A sequence is {flops['source_tokens']:,} source and {flops['target_tokens']:,} target "
        f"tokens, the vocabulary {description['config']['vocabulary_size']:,}. All matrix products "
        "count: projections, attention scores, feed-forward, router, soft-max; a multiply-add is 2."
    )
    return aligned(rows) + "\n" + _wrapped(note)


def _memory(memory: dict[str, Any]) -> str:
    columns = memory["bytes_per_device"]
    rows = [["memory of a device", *(_devices(column["devices"]) for column in columns)]]
    for key, label in (
        ("weights", "  weights"),
        ("gradients", "  gradients"),
        ("optimizer", f"  optimizer state ({memory['optimizer']})"),
        ("total", "  together"),
    ):
        rows.append([label, *(size(column[key]) for column in columns)])
    note = (
        f"Training in {memory['precision']}. The experts are spread over the devices, all else is "
        "on each; what the fullest device holds. Activations come on top: they go with the batch."
    )
    if memory["precision"] == "bfloat16":
        note += " Gradients and optimizer include fairseq's float32 copies of gradient and weights."
    return aligned(rows) + "\n" + _wrapped(note)


def _devices(number: int) -> str:
    return "1 device" if number == 1 else f"{number:,} devices"


def _published(published: dict[str, Any]) -> str:
    rows = [["the paper's figures", "paper", "here", "deviation"]]
    rows += _compared(published, published["counted"], "")
    if "instead" in published:
        given = published["instead"]
        settings = " ".join(f"{key}={value}".lower() for key, value in given["settings"].items())
        rows += _compared(published, given["counted"], f" with {settings}")
    notes = [published["counting"], published["remark"]]
    return "\n".join([aligned(rows), *(_wrapped(note) for note in notes if note)])


def _compared(published: dict[str, Any], counted: dict[str, int], suffix: str) -> list[list[str]]:
    labels = {
        "parameters": f"  parameters ({published['parameters_source']})",
        "flops_per_sequence": "  FLOPs/seq (Table 9)",
    }
    return [
        [
            label + suffix,
            short(published[key]),
            short(counted[key]),
            f"{100 * (counted[key] / published[key] - 1):+.1f} %",
        ]
        for key, label in labels.items()
    ]


def _wrapped(note: str) -> str:
    return textwrap.fill(note, _WIDTH, initial_indent="  ", subsequent_indent="  ")
