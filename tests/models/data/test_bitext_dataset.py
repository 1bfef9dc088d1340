from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from langs.directions import Direction
from models.data.bitext import Bitext
from models.data.bitext_dataset import BitextDataset, Tagged, TrainingBitext, ValidationBitext
from models.data.packed_dataset import SpanCorruption, TrainingDataset
from models.data.shards import Shards

TAG = {"en": 158, "eo": 159}
EOS = 1


@pytest.fixture
def pairs(bitext_folder: Path) -> dict[Direction, Tagged]:
    sides = Bitext(bitext_folder).pairs("train")
    return {d: Tagged(both, TAG[d.target], 50) for d, both in sides.items()}


def training(pairs: dict[Direction, Tagged], seed: int = 1, **more: object) -> TrainingBitext:
    return TrainingBitext(list(pairs.values()), [0.75, 0.25], 400, seed, **more)


def test_a_pair_as_the_model_reads_it(pairs: dict[Direction, Tagged]) -> None:
    tagged = pairs[Direction("en", "eo")]
    source, target, direction, *_ = tagged.example(7, 0)
    assert source.tolist() == [TAG["eo"], *tagged.sides.source[7].tolist()]
    assert target.tolist() == tagged.sides.target[7].tolist()
    assert direction == 0
    assert tagged.lengths(np.array([7])).tolist() == [[len(source), len(target)]]


def test_a_long_text_is_cut_and_keeps_its_end(pairs: dict[Direction, Tagged]) -> None:
    sides = pairs[Direction("en", "eo")].sides
    place = int(np.argmax(sides.source.sizes))
    cut = Tagged(sides, 9, 4)
    source, target, *_ = cut.example(place, 0)
    assert source.tolist() == [9, *sides.source[place][:2].tolist(), EOS]
    assert cut.lengths(np.array([place])).tolist() == [[len(source), len(target)]]


def test_every_pair_once_before_any_comes_again(pairs: dict[Direction, Tagged]) -> None:
    data, counts = training(pairs), Counter()
    for epoch in (1, 2, 3):
        data.set_epoch(epoch)
        counts.update(map(tuple, data.drawn.tolist()))
    for direction, share in ((0, 0.75), (1, 0.25)):
        drawn = [n for (d, _), n in counts.items() if d == direction]
        assert max(drawn) - min(drawn) <= 1
        assert sum(drawn) == pytest.approx(share * 1200, abs=100)


def test_the_order_follows_from_seed_and_epoch_alone(pairs: dict[Direction, Tagged]) -> None:
    walked, gone_to = training(pairs), training(pairs)
    for epoch in (2, 3):
        walked.set_epoch(epoch)
    gone_to.set_epoch(3)
    assert walked.batches(100) == gone_to.batches(100)
    assert walked.drawn.tolist() == gone_to.drawn.tolist()
    assert [walked[i].number for i in (0, 399)] == [800, 1199]
    assert training(pairs, seed=2).drawn.tolist() != training(pairs).drawn.tolist()


class Lengths(BitextDataset):
    """Only lengths."""

    def __init__(self, lengths: list[tuple[int, int]]) -> None:
        self.known = np.array(lengths)

    def lengths(self) -> np.ndarray:
        return self.known


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=1, max_size=200),
    st.integers(1, 300),
)
def test_batches_hold_each_example_once_within_the_limit(
    lengths: list[tuple[int, int]], tokens: int
) -> None:
    data = Lengths(lengths)
    batches = data.batches(tokens)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * data.known[batch].max()
        assert padded <= tokens or len(batch) == 1


def test_little_padding(pairs: dict[Direction, Tagged]) -> None:
    data = training(pairs)
    real = padded = 0
    for batch in data.batches(200):
        made = data.collater([data[i] for i in batch])
        for tokens in (made["net_input"]["src_tokens"], made["target"]):
            real += int((tokens != 0).sum())
            padded += tokens.numel()
    assert real / padded > 0.9


def test_pretraining_sequences_come_in_their_own_order(
    pairs: dict[Direction, Tagged], prepared_folder: Path
) -> None:
    corruption = SpanCorruption.of(32, first_sentinel=154)
    packed = TrainingDataset.of(Shards(prepared_folder), corruption, 400, 1)
    data = training(pairs, pretraining=packed, pretraining_share=0.2)
    mixed = np.flatnonzero(data.drawn[:, 0] == len(pairs))
    assert len(mixed) == pytest.approx(80, abs=30)
    lengths = data.lengths()
    for rank, index in enumerate(mixed[:5].tolist()):
        expected = packed[rank]
        assert data[index].source.tolist() == expected.source.tolist()
        assert lengths[index].tolist() == [len(expected.source), len(expected.target)]


def test_validation_takes_evenly_and_says_what_to_translate(
    pairs: dict[Direction, Tagged],
) -> None:
    data = ValidationBitext(pairs, 10, 2)
    assert data.languages == ["en-eo", "eo-en"]
    assert [place for d, place, _ in data.drawn if d == 1] == list(range(0, 200, 20))
    assert [place for d, place, chosen in data.drawn if chosen and d == 0] == [0, 100]
    assert data.translated == 4
    batch = data.collater([data[i] for i in range(7)])
    assert batch["translate"].tolist() == [True, False, False, False, False, True, False]
    assert data.collater([]) == {}
