"""fairseq 0.12.2 on today's Python, NumPy and torch: import this before anything of fairseq.

Every repair of fairseq stands here, with its reason.
"""

import argparse
import dataclasses
import math
import os
import shutil
from collections.abc import Callable
from typing import Any

import numpy
import torch

from langs.errors import InputError


def allow_checkpoint_types() -> None:
    """torch unpickles tensors and listed types only; fairseq's checkpoints hold a Namespace."""
    torch.serialization.add_safe_globals([argparse.Namespace])


def import_fairseq() -> None:
    """Import fairseq with hashable dataclasses.

    fairseq uses dataclass instances as defaults; Python 3.11 takes only hashable ones.
    """
    original = dataclasses.dataclass

    def dataclass(cls: type | None = None, /, **options: Any) -> Any:
        def decorate(cls: type) -> type:
            if cls.__module__.partition(".")[0] in {"fairseq", "fairseq_cli"}:
                options.setdefault("unsafe_hash", True)
            return original(**options)(cls)

        return decorate if cls is None else decorate(cls)

    dataclasses.dataclass = dataclass
    try:
        import fairseq  # noqa: F401
    finally:
        dataclasses.dataclass = original


def restore_numpy_names() -> None:
    """`np.int` and `np.float`, gone since NumPy 1.24, are Python's own types."""
    for name, value in (("int", int), ("float", float)):
        if name not in vars(numpy):
            setattr(numpy, name, value)


def copy_atomically(source: str, target: str, overwrite: bool = False) -> bool:
    """Copy to a temporary name, then rename: a kill never leaves half a checkpoint_last.pt."""
    if os.path.exists(target) and not overwrite:
        return False
    shutil.copyfile(source, target + ".tmp")
    os.replace(target + ".tmp", target)
    return True


def keep_checkpoints_whole() -> None:
    """fairseq saves a checkpoint atomically, but copies it to checkpoint_last.pt in place."""
    from fairseq.file_io import PathManager

    PathManager.copy = staticmethod(copy_atomically)


def check_precision() -> None:
    """fairseq reads `--bf16` as "on a TPU" and asks for torch_xla; GPUs and CPUs have it too.

    Of flags that exclude each other or that nothing here supports it ends in a traceback, or takes
    one in silence. With `--fp16` it joins all gradients to one on a GPU, of which Adafactor could
    not factor the moments: here they stay apart, so that it works on a CPU too.
    """
    from fairseq import options

    parse = options.parse_args_and_arch

    def parse_and_check(*args: Any, **options: Any) -> Any:
        try:
            parsed = parse(*args, **options)
        except ValueError as error:
            raise InputError(f"{error}; give one of {', '.join(PRECISIONS)}") from error
        arguments = parsed[0] if isinstance(parsed, tuple) else parsed
        if fault := precision_fault(arguments):
            raise InputError(fault)
        arguments.tpu = False
        if getattr(arguments, "fp16", False):
            arguments.fp16_no_flatten_grads = True
        return parsed

    options.parse_args_and_arch = parse_and_check


PRECISIONS = ("--bf16", "--fp16", "--amp")


def precision_fault(arguments: argparse.Namespace) -> str:
    """The reason why a training's precision cannot be what its flags say; "" if it can."""
    given = [flag for flag in PRECISIONS if getattr(arguments, flag[2:], False)]
    if len(given) > 1:
        return f"{' and '.join(given)} exclude each other; give one"
    for name in ("memory_efficient_bf16", "memory_efficient_fp16"):
        if getattr(arguments, name, False):
            flag = f"--{name.replace('_', '-')}"
            return f"{flag} is not supported by the optimizers here; give {given[0]}"
    if getattr(arguments, "tpu", False) and "--bf16" not in given:
        return "--tpu: TPUs are not supported; leave it out"
    on_cpu = getattr(arguments, "cpu", False) or not torch.cuda.is_available()
    if given == ["--amp"] and on_cpu:
        return "--amp needs a GPU; on a CPU give --bf16, or none for float32"
    return ""


def name_unreadable_checkpoints() -> None:
    """fairseq ends in whatever the unpickler stumbles over; say which file it is."""
    from fairseq import checkpoint_utils

    read = checkpoint_utils.load_checkpoint_to_cpu

    def read_or_refuse(path: str, *args: Any, **options: Any) -> dict[str, Any]:
        try:
            return read(path, *args, **options)
        except OSError:
            raise
        except Exception as error:
            raise InputError(
                f"{path} is no checkpoint of ours or is damaged ({type(error).__name__}); "
                "delete it to train from the start, or put another in its place"
            ) from error

    checkpoint_utils.load_checkpoint_to_cpu = read_or_refuse


def validate_at_its_interval_alone() -> None:
    """fairseq also validates at each checkpoint and each end of an epoch, its unit of data.

    With `--validate-interval-updates` a run is validated at these updates and its last one.
    """
    from fairseq_cli import train

    validate = train.validate
    validated = 0  # step of the last validation; after an overflow in float16 a step comes again

    def validate_when_due(
        cfg: Any, trainer: Any, task: Any, epoch_itr: Any, subsets: list[str]
    ) -> list[float | None]:
        nonlocal validated
        interval, step = cfg.dataset.validate_interval_updates, trainer.get_num_updates()
        is_last = step >= (cfg.optimization.max_update or math.inf)
        if interval and (step == validated or (step % interval and not is_last)):
            return [None]
        validated = step
        losses: list[float | None] = validate(cfg, trainer, task, epoch_itr, subsets)
        return losses

    train.validate = validate_when_due


REPAIRS: tuple[Callable[[], None], ...] = (
    restore_numpy_names,
    allow_checkpoint_types,
    import_fairseq,
    keep_checkpoints_whole,
    check_precision,
    name_unreadable_checkpoints,
    validate_at_its_interval_alone,
)

for repair in REPAIRS:
    repair()
