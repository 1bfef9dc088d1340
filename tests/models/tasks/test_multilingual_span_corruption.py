import json
import multiprocessing
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import tiny_data
import torch
from fairseq import options, tasks
from fairseq.dataclass.utils import convert_namespace_to_omegaconf
from fairseq.logging import metrics

import models.tasks  # noqa: F401  (registers)
from langs.errors import InputError
from models.network.architectures import architecture
from models.plugin.model import SwitchTransformer
from models.plugin.switch_cross_entropy import SwitchCrossEntropy
from models.tasks.multilingual_span_corruption import MultilingualSpanCorruption


def task_of(data: Path, *flags: str, arch: str = "switch_tiny") -> MultilingualSpanCorruption:
    parser = options.get_training_parser()
    command = [str(data), "--task", "multilingual_span_corruption", "--arch", arch]
    wanted = ["--source-tokens", "32", "--epoch-sequences", "20", *flags]
    config = convert_namespace_to_omegaconf(options.parse_args_and_arch(parser, command + wanted))
    return tasks.setup_task(config.task)


def batches(
    task: MultilingualSpanCorruption, epochs: int = 1, shard: int = 0, shards: int = 1
) -> list[dict[str, Any]]:
    """Training batches of the first epochs, as fairseq's trainer takes them."""
    task.load_dataset("train")
    taken = []
    for epoch in range(1, epochs + 1):
        iterator = task.get_batch_iterator(
            task.datasets["train"], 4, num_shards=shards, shard_id=shard, epoch=epoch
        )
        taken += list(iterator.next_epoch_itr())
    return taken


def flat(batch: dict[str, Any]) -> list[Any]:
    net = batch["net_input"]
    tensors = net["src_tokens"], net["prev_output_tokens"], batch["target"], batch["languages"]
    return [tensor.tolist() for tensor in tensors]


def test_dense_and_switch_see_the_same_batches(prepared_folder: Path) -> None:
    dense = batches(task_of(prepared_folder, arch="t5_tiny"), epochs=2)
    sparse = batches(task_of(prepared_folder, arch="switch_tiny"), epochs=2)
    assert len(dense) == 10
    assert [flat(b) for b in dense] == [flat(b) for b in sparse]


def test_seed_decides(prepared_folder: Path) -> None:
    first, second = (batches(task_of(prepared_folder, "--seed", seed)) for seed in "12")
    assert [flat(b) for b in first] != [flat(b) for b in second]


def test_devices_share_the_batches_of_one(prepared_folder: Path) -> None:
    alone = [flat(batch) for batch in batches(task_of(prepared_folder))]
    first = batches(task_of(prepared_folder), shard=0, shards=2)
    second = batches(task_of(prepared_folder), shard=1, shards=2)
    assert second[-1] == {}  # 5 batches for 2 devices: fairseq's empty batch
    shared = [b for pair in zip(first, second, strict=True) for b in pair if b]
    assert [flat(b) for b in shared] == alone


def test_iterator_goes_on_in_the_middle_and_brings_the_totals(prepared_folder: Path) -> None:
    task = task_of(prepared_folder)
    task.load_dataset("train")
    iterator = task.get_batch_iterator(task.datasets["train"], 4, epoch=1)
    running = iterator.next_epoch_itr()
    for _ in range(2):
        next(running)
    task.totals.step, task.totals.tokens = 2, 345
    saved = json.loads(json.dumps(iterator.state_dict()))

    resumed = task_of(prepared_folder)
    resumed.load_dataset("train")
    again = resumed.get_batch_iterator(resumed.datasets["train"], 4, epoch=1)
    again.load_state_dict(saved)
    rest = [flat(batch) for batch in again.next_epoch_itr()]
    assert rest == [flat(batch) for batch in running]
    assert (resumed.totals.step, resumed.totals.tokens) == (2, 345)


def test_packed_lengths(prepared_folder: Path) -> None:
    for batch in batches(task_of(prepared_folder)):
        assert batch["net_input"]["src_tokens"].shape == (4, 32)
        assert (batch["target"] != 0).all()
        assert batch["ntokens"] == batch["target"].numel()
        assert (batch["target"][:, -1] == tiny_data.EOS).all()


def test_validation_sequences(prepared_folder: Path) -> None:
    task = task_of(prepared_folder, "--validation-sequences", "1")
    task.load_dataset("valid")
    dataset = task.datasets["valid"]
    assert [dataset[i].language for i in range(len(dataset))] == [0, 1, 2]


def test_a_batch_that_fills_a_gap_between_devices_is_not_counted(prepared_folder: Path) -> None:
    task = task_of(prepared_folder)
    task.load_dataset("valid")
    size = task.shards.vocabulary_size
    model = SwitchTransformer(replace(architecture("switch_tiny"), vocabulary_size=size))
    iterator = task.get_batch_iterator(task.datasets["valid"], 2)
    task.begin_valid_epoch(1, model)
    counts = task.routing
    assert counts is not None

    def forward(model: SwitchTransformer, sample: dict[str, Any]) -> tuple[Any, int, dict]:
        return model(**sample["net_input"]), 1, {}

    task.valid_step(iterator.first_batch, model, forward)
    assert counts.chosen.sum() == 0
    task.valid_step(next(iterator.next_epoch_itr()), model, forward)
    assert counts.chosen.sum() > 0


def test_one_worker_at_a_time_makes_the_batches_of_a_gpu(
    prepared_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MultilingualSpanCorruption, "on_gpu", True)
    task = task_of(prepared_folder)
    task.load_dataset("train")
    task.load_dataset("valid")
    iterator = task.get_batch_iterator(task.datasets["train"], 4, num_workers=1)
    taken, workers = [], set()
    for _ in range(3):
        taken += list(iterator.next_epoch_itr())
        workers |= set(multiprocessing.active_children())
        assert sum(worker.is_alive() for worker in workers) == 1
        validation = task.get_batch_iterator(task.datasets["valid"], 2, num_workers=1)
        assert len(list(validation.next_epoch_itr())) == len(validation)
        assert set(multiprocessing.active_children()) <= workers
    assert len(workers) == 3
    assert [flat(b) for b in taken] == [flat(b) for b in batches(task_of(prepared_folder), 3)]


def test_a_cpu_has_no_worker(prepared_folder: Path) -> None:
    task = task_of(prepared_folder, "--cpu")
    task.load_dataset("train")
    before = set(multiprocessing.active_children())
    iterator = task.get_batch_iterator(task.datasets["train"], 4, num_workers=1)
    next(iterator.next_epoch_itr())
    assert set(multiprocessing.active_children()) <= before


@pytest.mark.parametrize("arch", ["switch_tiny", "moe_tiny"])
def test_validation_does_not_depend_on_the_batch_size(prepared_folder: Path, arch: str) -> None:
    task = task_of(prepared_folder, arch=arch)
    task.load_dataset("valid")
    size = task.shards.vocabulary_size
    model = SwitchTransformer(replace(architecture(arch), vocabulary_size=size)).eval()
    alone, together = (
        [
            row
            for batch in task.get_batch_iterator(task.datasets["valid"], sequences).next_epoch_itr()
            for row in model(**batch["net_input"]).hidden[:, 0]
        ]
        for sequences in (1, 8)
    )
    torch.testing.assert_close(torch.stack(alone), torch.stack(together))


def test_a_validation_after_an_overflow_is_no_training(prepared_folder: Path) -> None:
    """In float16 an update may overflow: fairseq then reports none, and may validate next."""
    task = task_of(prepared_folder)
    task.load_dataset("valid")
    task.step_started = 1.0  # of the update that overflowed
    validated = {"nll": 2.0, "ntokens": 4, "nsentences": 1, "processed_tokens": 9, "routing": []}
    validated["sequences"] = torch.tensor([[0.0, 2.0, 4.0, 5.0]])
    with metrics.aggregate(new_root=True):
        task.reduce_metrics([validated], SwitchCrossEntropy(task, 0.01, 0.001))
    assert (task.totals.step, task.totals.tokens) == (0, 0)
    assert task.sequences == [[0.0, 2.0, 4.0, 5.0]]
    assert task.step_started == 1.0


def test_batch_size_is_needed(prepared_folder: Path) -> None:
    task = task_of(prepared_folder)
    task.load_dataset("train")
    with pytest.raises(InputError, match="--batch-size"):
        task.get_batch_iterator(task.datasets["train"])


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--source-tokens", "3000"], "sentinels"),
        (["--source-tokens", "3"], "source_tokens 3"),
        (["--noise-density", "1"], "noise_density 1.0"),
        (["--mean-span-tokens", "0"], "mean_span_tokens 0.0"),
    ],
)
def test_impossible_corruption(prepared_folder: Path, flags: list[str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        task_of(prepared_folder, *flags)


def test_every_sentinel_can_be_used(prepared_folder: Path) -> None:
    task = task_of(prepared_folder, "--source-tokens", "1800")
    lowest = min(int(t) for b in batches(task) for t in b["target"].flatten() if t > 54)
    assert lowest >= tiny_data.VOCABULARY - 100


def test_mixture_without_rates(prepared_folder: Path, tmp_path: Path) -> None:
    data = shutil.copytree(prepared_folder, tmp_path / "data")
    for rates in ({}, {"fr": 1.0}, {"en": 0.0}):
        (data / "shards" / "mixture.json").write_text(json.dumps({"rates": rates}))
        with pytest.raises(InputError, match=r"mixture\.json: no language has a rate"):
            task_of(data).load_dataset("train")


def test_languages_of_the_mixture_alone_are_drawn(prepared_folder: Path, tmp_path: Path) -> None:
    data = shutil.copytree(prepared_folder, tmp_path / "data")
    rates = {"sw": 0.5, "th": 0.5, "fr": 1.0}
    (data / "shards" / "mixture.json").write_text(json.dumps({"rates": rates}))
    task = task_of(data)
    drawn = torch.cat([batch["languages"] for batch in batches(task)])
    assert task.datasets["train"].languages == ["sw", "th"]
    assert set(drawn.tolist()) == {0, 1}


def test_vocabulary_of_other_shards(prepared_folder: Path, tmp_path: Path) -> None:
    data = shutil.copytree(prepared_folder, tmp_path / "data")
    pieces = [*tiny_data.PIECES, "▁more", *tiny_data.SENTINELS]
    tiny_data.write_dictionary(data / "tokenizer" / "dict.txt", pieces)
    with pytest.raises(InputError, match=r"dict\.txt has 156 pieces, shards/ was made with 155"):
        task_of(data)
