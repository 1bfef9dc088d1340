"""What the routers do in a validation: tokens by expert and language, and by expert and piece; mean
gates; the expert of each token.

Forward hooks on the routers count during one validation only; training steps and text generation
are not touched.
Shapes: R routers, L languages, E experts, V vocabulary; B batch, N tokens (batch and positions
flattened), K experts a token goes to.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from models.formats.run_folder import ROUTING, whole_file
from models.layers.experts.router import Router, Routing, processes

from .expert_changes import Choices

FEWEST = 10  # occurrences of a piece before one router; rarer ones are not written
MOST_PIECES = 20_000  # that are written, the most frequent


class Seen(NamedTuple):
    """The routing of the current batch by one router."""

    expert: Tensor  # [K, N] int64
    kept: Tensor  # [K, N] bool, False over capacity and for padding
    gate: Tensor  # [N] float32 of the first choice, 0 where it is not kept
    real: Tensor  # [N] bool, False for padding


class RoutingCounts:
    """Sums over a validation, on the device until they are read.

    A token counts once for each expert that it chose (K times), padding never. The start token
    that a decoder reads first is its piece 0.
    """

    def __init__(
        self, model: nn.Module, languages: int, vocabulary: int, sampled_every: int = 1
    ) -> None:
        """Hang hooks on the routers.

        Args:
            model: has at least one router (`has_routers`), all of them with as many experts.
            languages: L.
            vocabulary: V.
            sampled_every: experts are kept of the sequences whose numbers are multiples of it.
        """
        routers = routers_of(model)
        self.names = list(routers)
        self.seen: dict[str, Seen] = {}
        self.hooks = [
            router.register_forward_hook(partial(self.see, name))
            for name, router in routers.items()
        ]
        first = next(iter(routers.values()))
        rows, device = (len(routers), languages, first.experts), first.weight.device
        self.chosen = torch.zeros(rows, dtype=torch.int64, device=device)  # before capacity
        self.dropped = torch.zeros(rows, dtype=torch.int64, device=device)  # of these, over it
        pieces = (len(routers), vocabulary, first.experts)
        self.pieces = torch.zeros(pieces, dtype=torch.int32, device=device)  # as chosen
        self.gates = torch.zeros(len(routers), 2, dtype=torch.float64, device=device)  # sum, tokens
        self.sampled_every = sampled_every
        self.sequences: list[int] = []  # the sampled ones
        self.experts: list[list[np.ndarray]] = [[] for _ in routers]  # of their tokens

    def see(self, name: str, router: Router, inputs: tuple[Tensor, Tensor], out: Routing) -> None:
        """The hook: keep a router's choices until the whole batch has passed the model."""
        choices = router.top_k
        expert, kept = out.expert.view(choices, -1), out.plan.kept.view(choices, -1)
        self.seen[name] = Seen(expert, kept, out.gate.view(choices, -1)[0], inputs[1])

    def add(self, sample: Mapping[str, Any]) -> None:
        """Count the batch that has just passed the model, as ExampleDataset.collater makes it.

        sample: `net_input` with src_tokens [B, S] and prev_output_tokens [B, T], `languages` and
        `id` [B], all int64.
        """
        languages, inputs = sample["languages"], sample["net_input"]
        sampled = sample["id"] % self.sampled_every == 0
        self.sequences += sample["id"][sampled].tolist()
        for row, name in enumerate(self.names):
            ids = inputs["src_tokens" if is_encoder(name) else "prev_output_tokens"]
            language = languages.repeat_interleave(ids.shape[1])
            seen = self.seen.pop(name)
            for expert, kept in zip(seen.expert, seen.kept, strict=True):
                add_at(self.chosen[row], language, expert, seen.real)
                add_at(self.dropped[row], language, expert, seen.real & ~kept)
                add_at(self.pieces[row], ids.flatten(), expert, seen.real)
            self.gates[row] += torch.stack([seen.gate.sum(), seen.kept[0].sum()])
            compared = seen.real & sampled.repeat_interleave(ids.shape[1])
            self.experts[row].append(self.packed(seen.expert[0][compared]))

    def packed(self, expert: Tensor) -> np.ndarray:
        """Numbers of experts in as few bytes as they need."""
        return expert.cpu().numpy().astype(np.min_scalar_type(self.chosen.shape[2] - 1))

    def close(self) -> None:
        """Remove the hooks and add up the counts of all processes."""
        for hook in self.hooks:
            hook.remove()
        if processes() > 1:
            for counts in (self.chosen, self.dropped, self.pieces, self.gates):
                torch.distributed.all_reduce(counts)

    def mean_gate(self) -> list[float]:
        """The mean gate of each router: of first choices within capacity; 0 without tokens."""
        total, tokens = self.gates.unbind(dim=1)
        means: list[float] = (total / tokens.clamp(min=1)).tolist()
        return means

    def choices(self) -> Choices:
        """The experts of the sampled sequences' tokens, of this process alone."""
        experts = [np.concatenate(batches) for batches in self.experts]
        return Choices(
            np.array(self.sequences, dtype=np.int64),
            np.array([len(tokens) for tokens in experts], dtype=np.int64),
            np.concatenate(experts),
        )

    def dropped_share(self) -> list[float]:
        """Share of choices over capacity by language, all routers together; 0 without tokens."""
        chosen, dropped = (counts.sum(dim=(0, 2)) for counts in (self.chosen, self.dropped))
        shares: list[float] = (dropped / chosen.clamp(min=1)).tolist()
        return shares

    def effective_experts(self) -> list[float]:
        """e^(entropy in nats) of each language's use of the experts, mean over routers.

        1 if all its tokens go to one expert, E if they are spread evenly; 1 without tokens.
        """
        chosen = self.chosen.double()
        shares = chosen / chosen.sum(dim=2, keepdim=True).clamp(min=1)
        numbers: list[float] = torch.special.entr(shares).sum(dim=2).exp().mean(dim=0).tolist()
        return numbers

    def write(self, folder: Path, step: int, codes: Sequence[str], names: Sequence[str]) -> None:
        """Write `routing.npz` (docs/training.md); the next validation replaces it.

        codes [L]: the languages; names [V]: the pieces.
        """
        support = self.pieces.sum(dim=2).amax(dim=0)
        often = support.argsort(descending=True, stable=True)[:MOST_PIECES]
        ids = often[support[often] >= FEWEST].cpu()
        with whole_file(folder / ROUTING) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file,
                step=step,
                routers=np.array(self.names),
                codes=np.array(codes),
                chosen=self.chosen.cpu().numpy(),
                dropped=self.dropped.cpu().numpy(),
                pieces=np.array([names[i] for i in ids.tolist()], dtype=str),
                piece_counts=self.pieces[:, ids.to(self.pieces.device)].cpu().numpy(),
            )


def has_routers(model: nn.Module) -> bool:
    """Whether a model has routers to count at."""
    return bool(routers_of(model))


def routers_of(model: nn.Module) -> dict[str, Router]:
    """The routers by name ("encoder 2"), in the order of a model's routing statistics.

    Layers count from 1; experts in attention have two routers, "encoder 2 query" and
    "encoder 2 key value".
    """
    return {
        router_name(path): module
        for path, module in model.named_modules()
        if isinstance(module, Router)
    }


def router_name(path: str) -> str:
    """The name of the router at a path: `encoder 2` for `encoder.layers.1.feed_forward.router`."""
    parts = path.split(".")
    layer = parts.index("layers")
    which = parts[-1].removesuffix("router").replace("_", " ").strip()
    return f"{parts[layer - 1]} {int(parts[layer + 1]) + 1} {which}".strip()


def is_encoder(name: str) -> bool:
    """Whether a router of `routers_of` reads the source."""
    return name.startswith("encoder")


def add_at(counts: Tensor, row: Tensor, expert: Tensor, counted: Tensor) -> None:
    """counts[row[n], expert[n]] += counted[n] for all n: counts [rows, E], the rest [N]."""
    counts.view(-1).index_add_(0, row * counts.shape[1] + expert, counted.to(counts.dtype))
