from dataclasses import replace

import pytest

from models.costs.counts import Lengths
from models.costs.description import Training, describe
from models.network.architectures import architecture
from pipeline.report.model_description import short, size, text


def text_of(name: str, precision: str = "float32", **changes: object) -> str:
    config = replace(architecture(name), vocabulary_size=32128, **changes)
    training = Training(Lengths(512, 114), "adamw", precision, (1, 8))
    return text(describe(name, config, training))


def test_switch_base() -> None:
    shown = text_of("switch_base")
    for line in (
        "12 encoder and 12 decoder layers, 6 and 6 of them with 128 experts, 1 for a token",
        "d_model 768, d_ff 2,048 (gated GELU), 12 heads of 64, vocabulary 32,128, tied output",
        "expert capacity: 1.25 in training, no limit in evaluation",
    ):
        assert line in shown
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "encoder layers 2, 4, ..., 12 (6) 2.36M - 604M 98.3k 1.54k 606M 7.18M" in rows
    assert "total 7.42B 7,415,217,408" in rows
    assert "together 119 GB 17.2 GB" in rows
    assert "parameters (Table 8) 7.4B 7.42B +0.2 %" in rows
    assert "FLOPs/seq (Table 9) 124B 125B +0.5 %" in rows
    assert max(map(len, shown.splitlines())) <= 110


def test_switch_large_says_that_the_table_is_at_odds_with_itself() -> None:
    rows = [" ".join(line.split()) for line in text_of("switch_large").splitlines()]
    assert "parameters (Table 9) 26B 27.1B +4.3 %" in rows
    assert "parameters (Table 9) with gated=false d_ff=4096 26B 26.3B +1.2 %" in rows


def test_dense() -> None:
    shown = text_of("t5_tiny", capacity_factor=None)
    assert "2 encoder and 2 decoder layers, dense" in shown
    assert "expert capacity" not in shown
    assert "router  " not in shown
    assert "paper" not in shown


def test_dropless_and_bfloat16_are_said() -> None:
    shown = text_of("switch_tiny", "bfloat16", capacity_factor=None)
    assert "expert capacity: no limit in training" in shown
    assert "float32 copies" in shown


def test_unequal_experts_and_experts_in_attention_are_said() -> None:
    shown = text_of("switch_tiny", experts=2, expert_widths=(64, 1024), attention_experts=True)
    assert "d_ff of the experts: 64, 1,024; what is active is a mean over them" in shown
    assert "experts make queries, keys and values of sparse layers too" in shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1, "1"), (999, "999"), (999.6, "1k"), (7_415_217_408, "7.42B"), (1571e9, "1.57T")],
)
def test_short(number: float, shown: str) -> None:
    assert short(number) == shown


def test_size() -> None:
    assert [size(n) for n in (12, 29_660_869_632, 31_426_179_448_960)] == [
        "12",
        "29.7 GB",
        "31.4 TB",
    ]
