"""Times of training steps and of generation, of all sides in turn, round after round."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor

from models.costs.counts import Lengths, training_flops_per_token
from models.generation.search import Rules, beam_search, greedy
from models.network.transformer import Transformer

from . import peers
from .peers import Batch, Shape
from .rows import Bar, Row

CAPACITIES: tuple[float | None, ...] = (1.0, 1.25, 2.0, None)
PEER = "of transformers"
DENSE = "of our dense"
NO_TOKEN = 1  # eos; it is kept away for as long as is written


def medians(
    tasks: Mapping[str, Callable[[], object]], rounds: int, device: str
) -> dict[str, float]:
    """Seconds of each task: two rounds to warm up, then the median of the timed ones.

    Every second round goes the other way round: no task always comes after the largest.
    """
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for number in range(rounds + min(2, rounds)):
        for name in list(tasks)[:: -1 if number % 2 else 1]:
            started = time.perf_counter()
            tasks[name]()
            if device != "cpu":
                torch.cuda.synchronize()
            times[name].append(time.perf_counter() - started)
    return {name: statistics.median(values[-rounds:]) for name, values in times.items()}


def with_capacity(
    model: Transformer, factor: float | None, run: Callable[[], None]
) -> Callable[[], None]:
    """The step, at a capacity factor."""

    def task() -> None:
        peers.set_capacity(model, factor)
        run()

    return task


def capacity_name(factor: float | None) -> str:
    """The name of a capacity factor in the table."""
    return "dropless" if factor is None else f"capacity {factor:g}"


def step_tasks(
    shape: Shape, experts: int, tokens: int, update: bool
) -> dict[str, Callable[[], None]]:
    """Steps to time: both dense models, their sparse one, and ours at every capacity."""
    batch = Batch.of(shape, tokens)
    sparse = peers.ours(shape, experts)
    run = peers.step(sparse, batch, update)
    tasks = {
        "our dense": peers.step(peers.ours(shape, 0), batch, update),
        "their dense": peers.step(peers.theirs(shape, 0), batch, update),
        "theirs": peers.step(peers.theirs(shape, experts), batch, update),
    }
    return tasks | {capacity_name(f): with_capacity(sparse, f, run) for f in CAPACITIES}


def step_rows(
    section: str,
    shape: Shape,
    experts: int,
    tokens: int,
    update: bool,
    rounds: int,
    limits: dict[str, float],
) -> list[Row]:
    """Rows for one number of experts; limits: "dense" (ours to theirs), "sparse" (ours to our
    dense) and "peer" (our sparse to theirs)."""
    seconds = medians(step_tasks(shape, experts, tokens, update), rounds, shape.device)

    def row(what: str, name: str, *bars: Bar) -> Row:
        return Row(section, what, 1000 * seconds[name], "ms", list(bars))

    dense = seconds["our dense"]
    rows = [
        row("dense, transformers (T5)", "their dense"),
        row("dense", "our dense", Bar(PEER, dense / seconds["their dense"], limits["dense"])),
        row(f"{experts} experts, transformers, room for all", "theirs"),
    ]
    for name in map(capacity_name, CAPACITIES):
        to_dense = Bar(DENSE, seconds[name] / dense, limits["sparse"])
        to_peer = Bar(PEER, seconds[name] / seconds["theirs"], limits["peer"])
        rows.append(row(f"{experts} experts, {name}", name, to_dense, to_peer))
    return rows


def utilisation_rows(
    rows: Sequence[Row], shape: Shape, tokens: int, peak_tflops: float
) -> list[Row]:
    """Model FLOP utilisation of each timed step: FLOPs of the dense model's matrix products.

    A Switch model is counted like the dense one, which each token's one expert makes it.
    """
    dense = peers.ours(replace(shape, device="meta"), 0)
    count = shape.sentences(tokens) * (shape.source + shape.target)
    flops = count * training_flops_per_token(dense, Lengths(shape.source, shape.target))
    peak = peak_tflops * 1e12
    return [
        Row("model FLOP utilisation", row.what, 100 * flops / (row.value / 1000) / peak, "%")
        for row in rows
    ]


def sources(shape: Shape, sentences: int) -> Tensor:
    """Sources of lengths from an eighth of the longest on, int64 [sentences, S], right-padded."""
    torch.manual_seed(4)
    source = torch.randint(3, shape.vocabulary, (sentences, shape.source))
    lengths = torch.randint(shape.source // 8, shape.source + 1, (sentences,))
    lengths[0] = shape.source
    return source.masked_fill(torch.arange(shape.source) >= lengths[:, None], 0).to(shape.device)


def generation_rows(
    shape: Shape, experts: int, sentences: int, rounds: int, limit: float
) -> list[Row]:
    """Tokens a second by greedy and beam search, both sides on one converted checkpoint."""
    theirs, ours = peers.converted(shape, experts)
    source = sources(shape, sentences)
    rows = []
    for beams in (1, 4):
        rules = Rules(NO_TOKEN, shape.target, min_length=shape.target, beams=beams)
        tasks = {
            "theirs": partial(their_text, theirs, source, rules),
            "ours": partial(our_text, ours, source, rules),
        }
        seconds = medians(tasks, rounds, shape.device)
        same = (our_text(ours, source, rules) == their_text(theirs, source, rules)).all(1)
        rate = {name: sentences * shape.target / value for name, value in seconds.items()}
        name = ("greedy" if beams == 1 else f"beam {beams}") + (
            f", {experts} experts" if experts else ", dense"
        )
        section = f"generation, {sentences} sentences, {shape.target} tokens each"
        bar = Bar(PEER, rate["ours"] / rate["theirs"], limit, at_least=True)
        agree = f"{name} ({int(same.sum())} of {sentences} the same)"
        rows += [
            Row(section, f"{name}, transformers", rate["theirs"], "tokens/s"),
            Row(section, agree, rate["ours"], "tokens/s", [bar]),
        ]
    return rows


def our_text(model: Transformer, source: Tensor, rules: Rules) -> Tensor:
    """Our greedy or beam search: int64 [B, T]."""
    if rules.beams == 1:
        return greedy(model, source, rules)
    return beam_search(model, source, rules).tokens[:, 0]


def their_text(model: object, source: Tensor, rules: Rules) -> Tensor:
    """Their greedy or beam search: int64 [B, T]."""
    tokens: Tensor = model.generate(  # type: ignore[attr-defined]
        input_ids=source,
        attention_mask=(source != 0).long(),
        do_sample=False,
        num_beams=rules.beams,
        max_new_tokens=rules.max_length,
        min_new_tokens=rules.min_length,
        eos_token_id=NO_TOKEN,
        pad_token_id=0,
    )
    return tokens[:, 1:]
