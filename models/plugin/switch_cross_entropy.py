"""Cross-entropy plus the router's auxiliary losses; sums per sequence for the evaluator."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from fairseq.criterions import FairseqCriterion, register_criterion
from fairseq.dataclass import FairseqDataclass
from fairseq.logging import metrics
from torch import Tensor

from models.data.dictionary import PAD
from models.layers.cross_entropy import Teacher, linear_cross_entropy
from models.layers.experts.router import RoutingStatistics
from models.layers.soft_targets import Uniform

from .model import SwitchTransformer, option


@dataclass
class SwitchCrossEntropyConfig(FairseqDataclass):
    """Weights of the auxiliary losses; they do nothing for a dense model."""

    balance_weight: float = option(1e-2, "alpha of the load-balancing loss (Switch, equation 4)")
    z_weight: float = option(1e-3, "weight of the router z-loss (ST-MoE, equation 6)")
    label_smoothing: float = option(0.0, "share of the loss on the uniform distribution")


@register_criterion("switch_cross_entropy", dataclass=SwitchCrossEntropyConfig)
class SwitchCrossEntropy(FairseqCriterion):
    """loss = sum over target tokens of -log p, plus tokens * (alpha * balance + z_weight * z).

    fairseq divides gradients by the number of tokens, so the auxiliary losses are multiplied by
    it. Balance and z-loss are summed over the Switch layers, each with its own loss.
    """

    def __init__(
        self, task: Any, balance_weight: float, z_weight: float, label_smoothing: float = 0.0
    ) -> None:
        super().__init__(task)
        self.balance_weight, self.z_weight = balance_weight, z_weight
        self.label_smoothing = label_smoothing
        self.piece_bytes = torch.from_numpy(task.source_dictionary.piece_bytes())

    def forward(
        self,
        model: SwitchTransformer,
        sample: dict[str, Any],
        reduce: bool = True,
    ) -> tuple[Tensor, int, dict[str, Any]]:
        """(loss in nats, target tokens, logging output) of a batch of ExampleDataset.collater."""
        output = model(**sample["net_input"])
        target, tokens = sample["target"], sample["ntokens"]
        hidden, weight = model.transformer.output_projection(output.hidden)
        teacher = self.teacher(sample, hidden) if model.training else None
        objective, token_nll = linear_cross_entropy(
            hidden.flatten(0, 1), weight.to(hidden.dtype), target.flatten(), PAD, teacher
        )
        loss = objective + tokens * self.auxiliary_loss(output.routing)
        logging_output = {
            "nll": token_nll.sum(),
            "ntokens": tokens,
            "nsentences": sample["nsentences"],
            "processed_tokens": tokens + int((sample["net_input"]["src_tokens"] != PAD).sum()),
            "routing": [detach(statistics) for statistics in output.routing],
        }
        if not model.training:
            logging_output["sequences"] = self.sequence_sums(
                token_nll.view_as(target), target, sample["languages"]
            )
        if teacher is not None:
            logging_output["mixed"] = objective.detach()
        return loss, tokens, logging_output

    def teacher(self, sample: dict[str, Any], hidden: Tensor) -> Teacher | None:
        """The soft targets of a training batch beside the one-hot ones: label smoothing, or None.

        hidden [B, T, D]: the decoder's last states, for their device and dtype.
        """
        return Uniform(self.label_smoothing) if self.label_smoothing else None

    def auxiliary_loss(self, routing: Sequence[RoutingStatistics]) -> Tensor | float:
        """alpha * sum of balance losses + z_weight * sum of z-losses; 0 for a dense model."""
        balance = sum(statistics.balance_loss for statistics in routing)
        z = sum(statistics.z_loss for statistics in routing)
        return self.balance_weight * balance + self.z_weight * z

    def sequence_sums(self, token_nll: Tensor, target: Tensor, languages: Tensor) -> Tensor:
        """Language index, nats, target tokens and text bytes of each sequence: float64 [B, 4]."""
        piece_bytes = self.piece_bytes.to(target.device)
        tokens, size = (target != PAD).sum(1), piece_bytes[target].sum(1)
        return torch.stack([languages, token_nll.sum(1).double(), tokens, size], dim=1)

    @staticmethod
    def reduce_metrics(logging_outputs: Sequence[dict[str, Any]]) -> None:
        """Log nats per target token (`loss`) and the router's statistics to fairseq's meters."""
        tokens = sum(log["ntokens"] for log in logging_outputs)
        nll = sum(float(log["nll"]) for log in logging_outputs)
        metrics.log_scalar("loss", nll / tokens, tokens, round=4)
        if all("mixed" in log for log in logging_outputs):
            mixed = sum(float(log["mixed"]) for log in logging_outputs)
            metrics.log_scalar("mixed_loss", mixed / tokens, tokens, round=4)
        for log in logging_outputs:
            for layer, statistics in enumerate(log["routing"]):
                log_routing(layer, statistics)

    @staticmethod
    def logging_outputs_can_be_summed() -> bool:
        """False: fairseq cannot add up lists by layer and language."""
        return False


def detach(statistics: RoutingStatistics) -> RoutingStatistics:
    """The statistics without gradients."""
    return RoutingStatistics(*(value.detach() for value in statistics))


def log_routing(layer: int, statistics: RoutingStatistics) -> None:
    """Log to fairseq's meters, which average: losses and drops over layers, load by expert."""
    for name in ("balance_loss", "z_loss", "dropped"):
        metrics.log_scalar(name, float(getattr(statistics, name)), round=4)
    for expert, share in enumerate(statistics.load.tolist()):
        metrics.log_scalar(f"expert_load/layer{layer}/expert{expert}", share, priority=2000)
