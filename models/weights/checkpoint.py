"""Checkpoint files: fairseq's form, read without trusting them and written without training.

`cfg["model"]` holds the options of the model (options.py), `cfg["task"]["data"]` the folder it was
trained from, `model` the weights (names of `Transformer.state_dict()` behind `transformer.`). A
file that `write` makes has no optimizer: training starts from it with `--finetune-from-model`.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from langs.errors import InputError
from models.formats.data_folder import TOKENIZER
from models.formats.run_folder import LAST_CHECKPOINT, whole_file
from models.network.config import TransformerConfig
from models.network.options import check, config_from_options, options_from_config
from models.network.transformer import Transformer

NAME = LAST_CHECKPOINT
PREFIX = "transformer."
EMBEDDING = "embedding.weight"


class Checkpoint(NamedTuple):
    """The model in a file: its settings and weights."""

    architecture: str  # the name in the table of architectures.py, or of where it came from
    config: TransformerConfig
    weights: dict[str, Tensor]  # names of Transformer.state_dict(), dtypes as stored
    data: str = ""  # folder of `mswitch prepare` that it was trained from, if any


def read(path: Path) -> Checkpoint:
    """The model in a checkpoint; its weights stay in the file until they are used.

    Only tensors and plain values are unpickled. Raises InputError for any other file, and for
    options that are no model's; OSErrors pass up.
    """
    state = unpickle(path)
    try:
        cfg, weights = state["cfg"], state["model"]
        options = dict(cfg["model"])
        weights = {name.removeprefix(PREFIX): tensor for name, tensor in weights.items()}
        config = config_from_options(options, len(weights[EMBEDDING]))
        check(config)
        data = str((cfg.get("task") or {}).get("data") or "")
    except InputError:
        raise
    except Exception as error:
        raise refusal(path, error) from error
    return Checkpoint(str(options.get("_name")), config, weights, data)


def unpickle(path: Path) -> Any:
    """The content of a file of torch.save, tensors and plain values only; tensors stay in it.

    Raises InputError for a file that holds anything else or is damaged; OSErrors pass up.
    """
    with path.open("rb") as stream:
        zipped = stream.read(2) == b"PK"  # what torch has written since 1.6
    torch.serialization.add_safe_globals([argparse.Namespace])  # `args` of fairseq's checkpoints
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except Exception as error:  # whatever the unpickler stumbles over
        raise refusal(path, error) from error


def updates(path: Path) -> int:
    """The updates that a run had made when it saved a checkpoint; 0 in a file of `write`.

    Raises InputError for any other file; OSErrors pass up.
    """
    try:
        return int(unpickle(path)["optimizer_history"][-1]["num_updates"])
    except (LookupError, TypeError, ValueError) as error:
        raise refusal(path, error) from error


def refusal(path: Path, error: Exception) -> InputError:
    """The error, one line, for a file that is no checkpoint."""
    return InputError(
        f"{path} is no checkpoint of ours or is damaged ({type(error).__name__}); "
        "name one that mswitch wrote"
    )


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write a file that fairseq and `read` take; it is whole or not there."""
    state = {
        "args": None,
        "cfg": {
            "_name": None,
            "model": {
                "_name": checkpoint.architecture,
                **options_from_config(checkpoint.config),
            },
            "task": {"_name": "multilingual_span_corruption", "data": checkpoint.data},
        },
        "model": {PREFIX + name: alone(tensor) for name, tensor in checkpoint.weights.items()},
        "criterion": None,
        "optimizer_history": [
            {
                "criterion_name": "",
                "optimizer_name": "",
                "lr_scheduler_state": {"best": None},
                "num_updates": 0,
            }
        ],
        "task_state": {},
        "extra_state": {"train_iterator": {"epoch": 1, "iterations_in_epoch": 0}},
    }
    with whole_file(path) as temporary:
        torch.save(state, temporary)


def alone(tensor: Tensor) -> Tensor:
    """The tensor with a storage of its own size: torch.save writes whole storages."""
    whole = tensor.untyped_storage().nbytes() == tensor.nbytes and tensor.is_contiguous()
    return tensor if whole else tensor.clone(memory_format=torch.contiguous_format)


def load_transformer(path: Path, dtype: torch.dtype = torch.float32) -> Transformer:
    """The model of a checkpoint, on the CPU and in evaluation mode.

    Raises InputError for a file that is no checkpoint or whose weights are not those of its
    options; OSErrors pass up.
    """
    checkpoint = read(path)
    return build(checkpoint.config, checkpoint.weights, str(path)).to(dtype).eval()


def build(config: TransformerConfig, weights: Mapping[str, Tensor], where: str) -> Transformer:
    """A model of these tensors, not copied. Raises InputError, with `where`, if they do not fit."""
    misfit = f"{where}: its weights are not those of its own settings"
    if config.encoder_layers + config.decoder_layers > len(weights):
        raise InputError(f"{misfit}: too few of them; take another checkpoint")
    try:
        with torch.device("meta"):
            model = Transformer(config)
        model.load_state_dict(dict(weights), assign=True)
    except RuntimeError as error:  # torch's list of all that is missing, left over or misshapen
        first = str(error).strip().splitlines()
        raise InputError(f"{misfit}: {first[min(1, len(first) - 1)].strip()}") from error
    return model


def find_tokenizer(path: Path, data: str = "") -> Path | None:
    """The tokenizer folder of a checkpoint: in its folder, beside it, or in its data folder."""
    run = path.absolute().parent
    places = [run, run.parent, *([Path(data)] if data else [])]
    return next((p / TOKENIZER for p in places if (p / TOKENIZER / "dict.txt").is_file()), None)
