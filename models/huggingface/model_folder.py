"""A Hugging Face model folder read as a checkpoint, and a checkpoint written as one."""

from pathlib import Path

from langs.errors import InputError
from models.network.options import check
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint
from models.weights.lengths import Lengths

from . import config_json as configs
from . import generation_json, tensor_files, tensor_names

CONFIG = "config.json"
GENERATION_KEYS = ("decoder_start_token_id", "eos_token_id", "pad_token_id", "use_cache")


def read(folder: Path) -> Checkpoint:
    """The model in a folder of T5, mT5 or Switch: weights bit for bit, in their own dtype.

    Raises InputError, one line, for any other folder and for settings that our model does not have;
    OSErrors pass up.
    """
    theirs = tensor_files.read_json(folder / CONFIG)
    tensors = tensor_files.Tensors(folder)
    for name in ("num_layers", "num_decoder_layers", "num_experts"):
        if isinstance(theirs.get(name), int) and theirs[name] > len(tensors):
            raise InputError(f"{folder}: {name} is {theirs[name]}, more than there are tensors")
    try:
        config = configs.from_hugging_face(theirs, tensor_names.has_output(tensors))
        check(config)
        ours = tensor_names.from_hugging_face(config, tensors)
    except InputError as error:
        raise InputError(f"{folder} cannot be imported: {error}") from error
    checkpoint.build(config, ours, str(folder))
    return Checkpoint(str(theirs["model_type"]), config, ours)


def lengths(folder: Path) -> Lengths:
    """The lengths of what the model of a folder generates; raises as `generation_json.read`."""
    return generation_json.read(folder, tensor_files.read_json(folder / CONFIG))


def write(folder: Path, made: Checkpoint, shard_bytes: int = tensor_files.SHARD_BYTES) -> None:
    """Write a checkpoint's model into a folder that `transformers` loads: weights bit for bit.

    Raises InputError, one line, for what a Hugging Face model cannot hold.
    """
    config = made.config
    theirs = configs.to_hugging_face(config, made.architecture)
    dtype = str(made.weights[checkpoint.EMBEDDING].dtype).removeprefix("torch.")
    tensor_files.write_json(folder / CONFIG, {**theirs, "dtype": dtype, "torch_dtype": dtype})
    tensor_files.write_json(
        folder / generation_json.NAME, {name: theirs[name] for name in GENERATION_KEYS}
    )
    tensors = tensor_names.to_hugging_face(config, made.weights, embedding_copies(made))
    tensor_files.write_tensors(folder, tensors, shard_bytes)


def embedding_copies(made: Checkpoint) -> list[str]:
    """Names under which a Hugging Face folder needs the embedding a second time.

    A tied output without T5's scale is an output of its own there, unless the model came from a
    folder without one. In an untied Switch model nothing is tied at all.
    """
    copies = []
    if made.config.unscaled_output and made.architecture not in configs.CLASSES:
        copies.append(tensor_names.OUTPUT)
    if made.config.experts and not configs.is_scaled(made.config):
        copies += tensor_names.COPIES
    return copies
