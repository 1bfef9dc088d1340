import argparse
from pathlib import Path

import numpy
import pytest
import torch
from fairseq import checkpoint_utils, options
from fairseq.file_io import PathManager

import models.tasks  # noqa: F401  (registers)
from langs.errors import InputError
from models.fairseq_compat import copy_atomically


def test_fairseq_and_its_trainer_can_be_imported() -> None:
    import fairseq.trainer  # noqa: F401
    import fairseq_cli.train  # noqa: F401

    assert numpy.int is int
    assert numpy.float is float


def test_checkpoints_with_namespaces_load_in_torchs_safe_mode(tmp_path: Path) -> None:
    torch.save({"args": argparse.Namespace(seed=1)}, tmp_path / "checkpoint.pt")
    assert torch.load(tmp_path / "checkpoint.pt")["args"].seed == 1


def test_fairseq_copies_checkpoints_whole() -> None:
    assert PathManager.copy is copy_atomically


def test_copy_atomically(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_text("new")
    assert copy_atomically(str(source), str(target))
    assert target.read_text() == "new"
    source.write_text("newer")
    assert not copy_atomically(str(source), str(target))
    assert target.read_text() == "new"
    assert copy_atomically(str(source), str(target), overwrite=True)
    assert target.read_text() == "newer"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]


def test_a_failed_copy_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_text("new")
    target.write_text("old")

    def full_disk(source: str, target: str) -> None:
        Path(target).write_text("n")
        raise OSError("No space left on device")

    monkeypatch.setattr("models.fairseq_compat.shutil.copyfile", full_disk)
    with pytest.raises(OSError, match="No space"):
        copy_atomically(str(source), str(target), overwrite=True)
    assert target.read_text() == "old"


def test_bfloat16_does_not_mean_a_tpu() -> None:
    command = ["data", "--task", "multilingual_span_corruption", "--arch", "t5_tiny", "--bf16"]
    parsed = options.parse_args_and_arch(options.get_training_parser(), command)
    assert parsed.bf16
    assert not parsed.tpu
    parsed, rest = options.parse_args_and_arch(
        options.get_training_parser(), [*command, "--what"], parse_known=True
    )
    assert not parsed.tpu
    assert rest == ["--what"]


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04 cut", b"\x80\x02}q\x00."])
def test_an_unreadable_checkpoint_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "checkpoint_last.pt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"checkpoint_last\.pt is no checkpoint of ours"):
        checkpoint_utils.load_checkpoint_to_cpu(str(path))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("--amp", "--amp needs a GPU"),
        ("--cpu --amp", "--amp needs a GPU"),
        ("--bf16 --amp", "--bf16 and --amp exclude each other"),
        ("--fp16 --bf16", "give one of --bf16, --fp16, --amp"),
        ("--memory-efficient-bf16", "--memory-efficient-bf16 is not supported.*give --bf16"),
        ("--memory-efficient-fp16", "--memory-efficient-fp16 is not supported.*give --fp16"),
        ("--tpu", "TPUs are not supported"),
    ],
)
def test_a_precision_that_cannot_be_is_one_line(
    flags: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    parser = options.get_training_parser()
    given = ["data", "--task", "multilingual_span_corruption", "--arch", "t5_tiny"]
    with pytest.raises(InputError, match=said):
        options.parse_args_and_arch(parser, [*given, *flags.split()])


@pytest.mark.parametrize("flags", ["--fp16", "--amp", "--bf16", "--cpu --bf16", ""])
def test_a_precision_that_can_be(flags: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    parser = options.get_training_parser()
    given = ["data", "--task", "multilingual_span_corruption", "--arch", "t5_tiny"]
    arguments = options.parse_args_and_arch(parser, [*given, *flags.split()])
    assert arguments.bf16 == ("--bf16" in flags)
    assert getattr(arguments, "fp16_no_flatten_grads", False) == ("--fp16" in flags)
    assert not arguments.tpu
