"""Held against sacreBLEU's paired bootstrap, as a command and as a class."""

import random
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest

from models.generation.translation_scores import Scorer
from pipeline.translation.score import bootstrap
from pipeline.translation.score.bootstrap import (
    DRAWS,
    IN_SIGNATURE,
    SEED,
    compared,
    drawn_scores,
    spread,
)

WORDS = ("the", "a", "cat", "dog", "sat", "ran", "on", "under", "mat", "red", "of", "and", "with")
REFERENCES = [" ".join(random.Random(n).choices(WORDS, k=4 + n % 9)) for n in range(30)]


def system(keep: float, seed: int) -> list[str]:
    """The references with each word kept with a probability."""
    draw = random.Random(seed)
    return [" ".join(w for w in line.split() if draw.random() < keep) for line in REFERENCES]


WORSE, BETTER = system(0.7, 1), system(0.8, 2)


def ours(name: str) -> dict[str, float]:
    scorer = Scorer("en")
    counts = scorer.counts([REFERENCES], {"worse": WORSE, "better": BETTER}).values()
    (one, other) = (scorer.scores(each.sum(axis=0).tolist())[name].score for each in counts)
    draws = [drawn_scores(scorer, each)[name] for each in counts]
    comparison = compared(one, draws[0], other, draws[1])
    return {"score": other, **asdict(spread(draws[1])), **asdict(comparison)}


@pytest.mark.parametrize(
    ("name", "metric"),
    [("bleu", BLEU()), ("chrf", CHRF()), ("chrf++", CHRF(word_order=2))],
)
def test_every_number_is_that_of_sacrebleus_test(name: str, metric: BLEU | CHRF) -> None:
    both = [("worse", WORSE), ("better", BETTER)]
    test = PairedTest(both, {"one": metric}, [REFERENCES], test_type="bs", n_samples=DRAWS)
    signatures, results = test()
    (key,) = signatures
    theirs = results[key][1]
    found = ours(name)
    assert found["score"] == theirs.score
    assert found["p_value"] == theirs.p_value
    assert found["mean"] == pytest.approx(float(theirs.mean), rel=1e-6)
    assert found["ci"] == float(theirs.ci)
    assert Scorer("en").signatures(IN_SIGNATURE)[name] == str(signatures[key])


def test_the_command_prints_the_same(tmp_path: Path) -> None:
    files = {"references": REFERENCES, "worse": WORSE, "better": BETTER}
    for name, lines in files.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    run = [sys.executable, "-m", "sacrebleu", "references", "-i", "worse", "better"]
    run += ["-m", "bleu", "chrf", "--paired-bs", "-f", "text", "-w", "4", "-q", "-nc"]
    done = subprocess.run(run, capture_output=True, text=True, check=True, cwd=tmp_path)
    row = next(line for line in done.stdout.splitlines() if re.search(r" better ", line))
    expected = [ours(name) for name in ("bleu", "chrf")]
    numbers = [[one["score"], one["mean"], one["ci"]] for one in expected]
    assert [f"{value:.4f}" for each in numbers for value in each] == re.findall(r"\d+\.\d+", row)
    values = re.findall(r"p = (\d\.\d+)", done.stdout)
    assert values == [f"{one['p_value']:.4f}" for one in expected]


@given(lines=st.integers(1, 40), block=st.integers(1, 3000))
@settings(max_examples=15, deadline=None)
def test_draws_in_blocks_are_numpys_draws(lines: int, block: int) -> None:
    expected = np.random.default_rng(SEED).choice(lines, size=(DRAWS, lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bootstrap, "_BLOCK", block)
        times = np.concatenate(list(bootstrap._times_drawn(lines)))
    for draw in (0, 1, DRAWS // 2, DRAWS - 1):
        assert times[draw].tolist() == np.bincount(expected[draw], minlength=lines).tolist()


def test_a_comparison_worked_out_by_hand() -> None:
    baseline, other = np.full(100, 10.0), np.full(100, 11.0)
    other[:3] = [7.0, 9.0, 13.0]  # differences -3, -1, 3, and 1 of the other 97
    found = compared(10.0, baseline, 11.0, other)
    assert found.difference == 1
    # 2.5 % of 99 steps between 100 sorted values is 2.475, from the third on all are 1.
    assert found.interval == (1, 1)
    assert found.significant == 1
    # Their sizes have the mean (3 + 1 + 3 + 97) / 100 = 1.04, and two are more than 1 above it.
    assert found.p_value == 3 / 101


def test_equal_systems_are_not_significant() -> None:
    draws = np.linspace(20, 30, DRAWS)
    found = compared(25.0, draws, 25.0, draws)
    assert (found.difference, found.interval, found.significant) == (0, (0, 0), 0)
