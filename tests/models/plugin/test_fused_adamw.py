import pytest
import torch

from models.plugin.fused_adamw import FusedAdamW, FusedAdamWConfig

SETTINGS = {"adamw_beta1": 0.8, "adamw_beta2": 0.95, "adamw_eps": 1e-6}


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_equals_adamw(weight_decay: float) -> None:
    ours = [torch.nn.Parameter(torch.randn(shape)) for shape in ((6, 4), (5,), (3, 2, 2))]
    theirs = [torch.nn.Parameter(p.detach().clone()) for p in ours]
    config = FusedAdamWConfig(**SETTINGS, weight_decay=weight_decay, lr=[0.02])
    optimizer = FusedAdamW(config, ours)
    reference = torch.optim.AdamW(
        theirs, lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=weight_decay, foreach=False
    )
    for _ in range(10):
        for our, their in zip(ours, theirs, strict=True):
            our.grad = torch.randn_like(our)
            their.grad = our.grad.clone()
        optimizer.step()
        reference.step()
    for our, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(our, their)
    assert optimizer.optimizer.param_groups[0]["fused"]


def test_fairseq_sets_the_learning_rate() -> None:
    optimizer = FusedAdamW(FusedAdamWConfig(lr=[0.5]), [torch.nn.Parameter(torch.ones(2))])
    assert optimizer.get_lr() == 0.5
    optimizer.set_lr(0.25)
    assert optimizer.get_lr() == 0.25
