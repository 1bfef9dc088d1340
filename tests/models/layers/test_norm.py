import pytest
import torch
from transformers.models.t5.modeling_t5 import T5LayerNorm

from models.layers.norm import RMSNorm


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_equals_t5(dtype: torch.dtype) -> None:
    ours, theirs = RMSNorm(12).to(dtype), T5LayerNorm(12, eps=1e-6).to(dtype)
    with torch.no_grad():
        ours.weight.copy_(torch.rand(12))
        theirs.weight.copy_(ours.weight)
    x = (torch.randn(3, 5, 12) * 7).to(dtype)
    assert ours(x).dtype == dtype
    torch.testing.assert_close(ours(x), theirs(x))


def test_by_hand() -> None:
    norm = RMSNorm(2)
    # root mean square of (3, 4) is sqrt(12.5)
    expected = torch.tensor([3.0, 4.0]) / 12.5**0.5
    torch.testing.assert_close(norm(torch.tensor([3.0, 4.0])), expected)


def test_a_row_of_zeros_stays_zero() -> None:
    assert torch.equal(RMSNorm(4)(torch.zeros(4)), torch.zeros(4))


def test_mean_square_is_taken_in_float32() -> None:
    # 300 squared is beyond float16.
    x = torch.full((4,), 300.0, dtype=torch.float16)
    torch.testing.assert_close(RMSNorm(4).half()(x), torch.ones(4, dtype=torch.float16))
