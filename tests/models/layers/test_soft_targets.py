import math
from dataclasses import replace

import pytest
import torch

from models.layers import cross_entropy as module
from models.layers.cross_entropy import Teacher, linear_cross_entropy
from models.layers.soft_targets import Smoothed, TopPieces, Uniform, WholeDistribution

PAD, TOKENS, VOCABULARY = 0, 20, 11


@pytest.fixture
def student() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """hidden, weight and target; two tokens are padding."""
    target = torch.randint(1, VOCABULARY, (TOKENS,))
    target[[3, 19]] = PAD
    hidden = torch.randn(TOKENS, 6, requires_grad=True)
    return hidden, torch.randn(VOCABULARY, 6, requires_grad=True), target


def whole(share: float) -> WholeDistribution:
    """Of a teacher whose d_model is another than the student's."""
    torch.manual_seed(1)
    return WholeDistribution(share, torch.randn(TOKENS, 4), torch.randn(VOCABULARY, 4))


def top(teacher: WholeDistribution, pieces: int) -> TopPieces:
    log_p = (teacher.hidden @ teacher.weight.T).log_softmax(-1)
    values, ids = log_p.topk(pieces)
    return TopPieces(teacher.share, ids, values)


def gradients(
    student: tuple[torch.Tensor, ...], teacher: Teacher
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    hidden, weight, target = student
    total, _ = linear_cross_entropy(hidden, weight, target, PAD, teacher)
    return total, *torch.autograd.grad(total, (hidden, weight))


@pytest.mark.parametrize("block", [1, 7, 1024])
@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_mixed_loss_is_torch_s(
    monkeypatch: pytest.MonkeyPatch,
    student: tuple[torch.Tensor, ...],
    block: int,
    share: float,
) -> None:
    """torch has cross-entropy for a distribution as the target too."""
    monkeypatch.setattr(module, "BLOCK_TOKENS", block)
    hidden, weight, target = student
    teacher = whole(share)
    _, by_token = linear_cross_entropy(hidden, weight, target, PAD, teacher)
    found = gradients(student, teacher)

    q = (teacher.hidden @ teacher.weight.T).softmax(-1)
    truth = torch.nn.functional.one_hot(target, VOCABULARY).float()
    scores, real = hidden @ weight.T, target != PAD
    wanted = (1 - share) * truth + share * q
    total = torch.nn.functional.cross_entropy(scores[real], wanted[real], reduction="sum")
    for one, other in zip(
        found, (total, *torch.autograd.grad(total, (hidden, weight))), strict=True
    ):
        torch.testing.assert_close(one, other)
    expected = torch.nn.functional.cross_entropy(
        hidden @ weight.T, target, ignore_index=PAD, reduction="none"
    )
    torch.testing.assert_close(by_token, expected)  # of the truth alone, whatever the share


def test_all_pieces_are_the_whole_distribution(student: tuple[torch.Tensor, ...]) -> None:
    teacher = whole(0.25)
    found = gradients(student, top(teacher, VOCABULARY))
    for one, other in zip(found, gradients(student, teacher), strict=True):
        torch.testing.assert_close(one, other)


def test_the_rest_is_one_bucket() -> None:
    """By hand: the student says 1/2, 1/4, 1/8, 1/8; the teacher 0.6 for piece 1, 0.4 for others."""
    scores = torch.tensor([[0.5, 0.25, 0.125, 0.125]]).log()
    teacher = TopPieces(1.0, torch.tensor([[1]]), torch.tensor([[0.6]]).log())
    total, _ = linear_cross_entropy(torch.ones(1, 1), scores.T, torch.tensor([2]), PAD, teacher)
    assert float(total) == pytest.approx(-0.6 * math.log(0.25) - 0.4 * math.log(0.75))
    soft = teacher.soft_targets(slice(0, 1), scores)
    spread = torch.tensor([[0.4 * 4 / 6, 0.6, 0.4 / 6, 0.4 / 6]])
    torch.testing.assert_close(soft.probabilities, spread)


def test_gradient_of_the_bucket_is_autograd_s(student: tuple[torch.Tensor, ...]) -> None:
    hidden, weight, target = student
    teacher = top(whole(1.0), 3)
    real = target != PAD
    log_p = (hidden @ weight.T).log_softmax(-1)
    inside = log_p.gather(1, teacher.ids)
    q = teacher.log_probabilities.exp()
    tail = (1 - inside.exp().sum(-1)).log()
    total = -((q * inside).sum(-1) + (1 - q.sum(-1)) * tail)[real].sum()
    expected = total, *torch.autograd.grad(total, (hidden, weight))
    for one, other in zip(gradients(student, teacher), expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_a_student_without_a_tail_gets_finite_numbers() -> None:
    """Its other pieces are so improbable that their exponentials are 0."""
    weight = torch.tensor([[1000.0], [0.0], [-1.0], [-2.0]], requires_grad=True)
    teacher = TopPieces(0.5, torch.tensor([[0]]), torch.tensor([[0.5]]).log())
    total, _ = linear_cross_entropy(torch.ones(1, 1), weight, torch.tensor([1]), PAD, teacher)
    total.backward()
    assert total.isfinite()
    assert weight.grad.isfinite().all()


def test_rounded_probabilities_never_sum_to_more_than_one() -> None:
    log_p = torch.tensor([[0.7, 0.3004]]).log()
    teacher = TopPieces(1.0, torch.tensor([[0, 1]]), log_p)
    soft = teacher.soft_targets(slice(0, 1), torch.zeros(1, 3))
    torch.testing.assert_close(soft.probabilities.sum(-1), torch.ones(1))


def test_all_pieces_alike_are_torch_s_label_smoothing(student: tuple[torch.Tensor, ...]) -> None:
    hidden, weight, target = student
    total = torch.nn.functional.cross_entropy(
        hidden @ weight.T, target, ignore_index=PAD, reduction="sum", label_smoothing=0.1
    )
    expected = total, *torch.autograd.grad(total, (hidden, weight))
    for one, other in zip(gradients(student, Uniform(0.1)), expected, strict=True):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("pieces", [4, VOCABULARY])
def test_smoothing_of_the_truth_beside_a_teacher(
    student: tuple[torch.Tensor, ...], share: float, pieces: int
) -> None:
    """The loss is linear in the targets: a sum of the losses with one target each."""
    teacher = top(whole(share), pieces)
    found = gradients(student, Smoothed(teacher, 0.1))
    alone = [
        gradients(student, one) for one in (Uniform(0.0), Uniform(1.0), replace(teacher, share=1.0))
    ]
    parts = (0.9 * (1 - share), 0.1 * (1 - share), share)
    for tensor, *sums in zip(found, *alone, strict=True):
        expected = sum(part * one for part, one in zip(parts, sums, strict=True))
        torch.testing.assert_close(tensor, expected, rtol=1e-4, atol=1e-5)
