from itertools import chain, pairwise
from pathlib import Path

import numpy as np
import pytest
import tiny_data
import torch

from models.data.packed_dataset import (
    MINIMUM_TEXT_TOKENS,
    Example,
    PackedDataset,
    SpanCorruption,
    TrainingDataset,
    ValidationDataset,
    spread,
)
from models.data.shard_files import TokenStream
from models.data.shards import Shards

TEXT_TOKENS = 30
CORRUPTION = SpanCorruption(TEXT_TOKENS, 0.15, 3.0, tiny_data.VOCABULARY - 1)


def training(folder: Path, sequences: int = 40, seed: int = 1) -> TrainingDataset:
    streams = Shards(folder).streams("train")
    return TrainingDataset(streams, tiny_data.RATES, CORRUPTION, sequences, seed)


def plain(example: Example) -> tuple[list[int], list[int], int]:
    return example.source.tolist(), example.target.tolist(), example.language


def endless(dataset: TrainingDataset, epochs: int) -> list[tuple[list[int], list[int], int]]:
    examples = []
    for epoch in range(1, epochs + 1):
        dataset.set_epoch(epoch)
        examples += [plain(dataset[i]) for i in range(len(dataset))]
    return examples


def test_epochs_cut_one_endless_sequence(prepared_folder: Path) -> None:
    long = endless(training(prepared_folder, 120), 1)
    assert endless(training(prepared_folder, 40), 3) == long
    assert endless(training(prepared_folder, 60), 2) == long
    assert long[:40] != long[40:80] != long[80:]  # no epoch repeats another


def test_batch_size_changes_nothing(prepared_folder: Path) -> None:
    dataset = training(prepared_folder)
    for size in (1, 7, 16, 40, 100):
        batches = dataset.batches(size)
        assert list(chain.from_iterable(batches)) == list(range(40))
        assert all(len(batch) == size for batch in batches[:-1])


def test_order_of_access_changes_nothing(prepared_folder: Path) -> None:
    dataset, expected = training(prepared_folder), endless(training(prepared_folder), 1)
    for index in np.random.default_rng(0).permutation(40):
        assert plain(dataset[int(index)]) == expected[index]


def test_seed_decides(prepared_folder: Path) -> None:
    assert endless(training(prepared_folder), 1) != endless(training(prepared_folder, seed=2), 1)


def blocks(dataset: TrainingDataset, language: int, turn: int) -> list[list[int]]:
    """The texts of one pass over a language."""
    count = max(1, len(dataset.streams[language]) // TEXT_TOKENS)
    ranks = range(turn * count, (turn + 1) * count)
    return [dataset.text(language, rank).tolist() for rank in ranks]


def test_each_block_once_in_a_pass(prepared_folder: Path) -> None:
    dataset = training(prepared_folder)
    for language, stream in enumerate(dataset.streams[:2]):  # en and sw
        tokens = stream.read(0, len(stream)).tolist()
        for turn in range(3):
            texts = blocks(dataset, language, turn)
            places = sorted(place_of(text, tokens) for text in texts)
            steps = {b - a for a, b in pairwise(places)}
            assert len(places) == len(stream) // TEXT_TOKENS
            # Without overlap; one jump is where the pass goes around the end.
            assert min(steps | {len(tokens) - places[-1] + places[0]}) >= TEXT_TOKENS


def place_of(text: list[int], tokens: list[int]) -> int:
    twice = tokens + tokens
    places = [i for i in range(len(tokens)) if twice[i : i + len(text)] == text]
    assert len(places) == 1  # the random text of the fixture is nowhere twice the same
    return places[0]


def test_passes_start_elsewhere_and_go_another_way(prepared_folder: Path) -> None:
    dataset = training(prepared_folder)
    first, second = blocks(dataset, 0, 0), blocks(dataset, 0, 1)
    assert first != second
    assert sorted(first) != sorted(second)


def test_a_language_shorter_than_a_sequence_goes_around(prepared_folder: Path) -> None:
    dataset = training(prepared_folder)
    stream = dataset.streams[2]
    tokens, text = stream.read(0, 20).tolist(), dataset.text(2, 5).tolist()
    assert any((tokens * 3)[i : i + TEXT_TOKENS] == text for i in range(20))


def test_mixture_decides_the_languages(prepared_folder: Path) -> None:
    dataset = training(prepared_folder, 4000)
    share = np.bincount([dataset.schedule[i][0] for i in range(4000)]) / 4000
    np.testing.assert_allclose(share, [0.6, 0.3, 0.1], atol=0.04)


def test_collater_by_hand(prepared_folder: Path) -> None:
    long = Example(np.array([5, 6, 154, 1]), np.array([154, 7, 8, 1]), 2)
    short = Example(np.array([154, 1]), np.array([154, 1]), 0)
    batch = training(prepared_folder).collater([long, short])
    assert batch["net_input"]["src_tokens"].tolist() == [[5, 6, 154, 1], [154, 1, 0, 0]]
    assert batch["target"].tolist() == [[154, 7, 8, 1], [154, 1, 0, 0]]
    # The decoder's input has as many real positions as the target: no eos behind the short row.
    expected = [[0, 154, 7, 8], [0, 154, 0, 0]]
    assert batch["net_input"]["prev_output_tokens"].tolist() == expected
    assert batch["languages"].tolist() == [2, 0]
    assert (batch["ntokens"], batch["nsentences"]) == (6, 2)
    assert all(t.dtype == torch.int64 for t in batch["net_input"].values())


def test_collater_of_nothing(prepared_folder: Path) -> None:
    assert training(prepared_folder).collater([]) == {}


def test_training_sequences_have_one_length(prepared_folder: Path) -> None:
    examples = endless(training(prepared_folder), 1)
    assert len({(len(source), len(target)) for source, target, _ in examples}) == 1


def test_validation_is_fixed(prepared_folder: Path) -> None:
    streams = Shards(prepared_folder).streams("valid")
    dataset = ValidationDataset(streams, CORRUPTION, 0)
    again = ValidationDataset(streams, CORRUPTION, 0)
    examples = [plain(dataset[i]) for i in range(len(dataset))]
    assert examples == [plain(again[i]) for i in reversed(range(len(again)))][::-1]
    # 160, 64 and 18 tokens in blocks of 30; a rest under 16 tokens is left out.
    assert [language for _, _, language in examples] == [0] * 5 + [1] * 2 + [2]


def test_validation_covers_the_text(prepared_folder: Path) -> None:
    stream = Shards(prepared_folder).streams("valid")["en"]
    dataset = ValidationDataset({"en": stream}, CORRUPTION, 0)
    words = [t for i in range(len(dataset)) for e in [dataset[i]] for t in [*e.source, *e.target]]
    text = stream.read(0, 150).tolist()
    sentinels_from = tiny_data.VOCABULARY - 100
    found = sorted(int(t) for t in words if 1 < t < sentinels_from)
    assert found == sorted(t for t in text if t > 1)


class FakeStream:
    def __init__(self, tokens: int) -> None:
        self.tokens = tokens

    def __len__(self) -> int:
        return self.tokens


@pytest.mark.parametrize(
    ("tokens", "limit", "expected"),
    [
        (90, 0, [(0, 30), (30, 30), (60, 30)]),
        (100, 0, [(0, 30), (30, 30), (60, 30)]),  # a rest of 10 is too short
        (106, 0, [(0, 30), (30, 30), (60, 30), (90, 16)]),
        (10, 0, [(0, 10)]),  # but a language has at least one block
        (2, 0, [(0, 2)]),
        (300, 2, [(0, 30), (150, 30)]),
        (300, 3, [(0, 30), (90, 30), (180, 30)]),
        (60, 5, [(0, 30), (30, 30)]),
    ],
)
def test_spread_by_hand(tokens: int, limit: int, expected: list[tuple[int, int]]) -> None:
    assert MINIMUM_TEXT_TOKENS == 16
    stream: TokenStream = FakeStream(tokens)  # type: ignore[assignment]
    assert spread(stream, 30, limit) == expected


def test_base_class_leaves_the_examples_to_others() -> None:
    with pytest.raises(NotImplementedError):
        PackedDataset()[0]
