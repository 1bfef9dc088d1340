"""Models in other forms, as stages: Hugging Face folders, and Switch models from dense ones.

Each fills a folder from files that stay as they are; the work itself is that of models.huggingface
and models.weights.initial_weights.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langs.errors import InputError
from pipeline.stages import folders

CHECKPOINT, TOKENIZER = "checkpoint_last.pt", "tokenizer"


def import_model(source: Path, output: Path) -> dict[str, Any]:
    """Make a run-like folder from a Hugging Face one: checkpoint, and tokenizer if it has one.

    Returns the summary. Raises InputError for a folder that cannot be one of ours, or an output
    made from something else; OSErrors pass up.
    """
    from models.huggingface import (
        added_tokens,
        generation_json,
        model_folder,
        tensor_files,
        tokenizer_files,
    )
    from models.weights import checkpoint, lengths

    place = tokenizer_files.find(source)
    files = [source / model_folder.CONFIG, *tensor_files.weight_files(source)]
    generation = source / generation_json.NAME
    files += [generation] if generation.is_file() else []
    files += [place, *added_tokens.files(source)] if place else []
    made_from = folders.fingerprint({}, {path.name: path for path in files})

    def convert(folder: Path) -> dict[str, Any]:
        model, said = model_folder.read(source), model_folder.lengths(source)
        pieces = tokenizer_files.read(place) if place else None
        lengths.write(folder, said)
        checkpoint.write(folder / CHECKPOINT, model)
        if pieces is not None:
            (folder / TOKENIZER).mkdir()
            tokenizer_files.write_ours(folder / TOKENIZER, pieces, model.config.vocabulary_size)
            _mark_tokenizer(folder / TOKENIZER, made_from)
        return _summary(model, has_tokenizer=pieces is not None)

    return folders.made(output, made_from, convert)


def export_model(source: Path, output: Path, tokenizer_folder: Path | None) -> dict[str, Any]:
    """Make a Hugging Face folder from a checkpoint, with the tokenizer beside it or the one named.

    Returns the summary. Raises InputError for a file that is no checkpoint, a model that a Hugging
    Face folder cannot hold, or a tokenizer that is not the model's; OSErrors pass up.
    """
    from models.huggingface import model_folder, tokenizer_files
    from models.weights import checkpoint

    model = checkpoint.read(source)
    place = tokenizer_folder or checkpoint.find_tokenizer(source, model.data)
    inputs = {"checkpoint": source}
    if place:
        _check_tokenizer(place, model.config.vocabulary_size)
        inputs["tokenizer"], inputs["dictionary"] = place / "spm.model", place / "dict.txt"
    made_from = folders.fingerprint({}, inputs)

    def convert(folder: Path) -> dict[str, Any]:
        model_folder.write(folder, model)
        if place:
            tokenizer_files.write_theirs(folder, place)
        return _summary(model, has_tokenizer=place is not None)

    return folders.made(output, made_from, convert)


def upcycle_model(
    source: Path, output: Path, experts: int, sparse_every: int, seed: int
) -> dict[str, Any]:
    """Make a run-like folder with the Switch model that a dense checkpoint becomes.

    Returns the summary. Raises InputError for a file that is no dense model's, or for settings
    that cannot be; OSErrors pass up.
    """
    import torch

    from models.weights import checkpoint
    from models.weights.initial_weights import upcycle

    settings = {"experts": experts, "sparse_every": sparse_every, "seed": seed}
    made_from = folders.fingerprint(settings, {"checkpoint": source})

    def convert(folder: Path) -> dict[str, Any]:
        dense = checkpoint.read(source)
        torch.manual_seed(seed)
        model = upcycle(dense, experts, sparse_every)
        place = checkpoint.find_tokenizer(source, dense.data)
        checkpoint.write(folder / CHECKPOINT, model)
        copy_tokenizer(place, folder, made_from)
        return _summary(model, has_tokenizer=place is not None)

    return folders.made(output, made_from, convert)


def copy_tokenizer(source: Path | None, run: Path, made_from: Mapping[str, Any]) -> None:
    """Put a model's tokenizer, if it has one, into a new folder for it."""
    from models.tokenizer.folder import FILES

    if source is None:
        return
    (run / TOKENIZER).mkdir(exist_ok=True)
    for name in FILES:
        shutil.copyfile(source / name, run / TOKENIZER / name)
    _mark_tokenizer(run / TOKENIZER, made_from)


def _mark_tokenizer(folder: Path, made_from: Mapping[str, Any]) -> None:
    """So that `mswitch prepare --tokenizer` takes it for finished."""
    from pipeline.prepare.tokenizer_training import describe

    folders.mark_complete(folder, dict(made_from), describe(folder))


def _check_tokenizer(place: Path, rows: int) -> None:
    from models.tokenizer.folder import DICTIONARY, FILES

    for name in FILES:
        if not (place / name).is_file():
            raise InputError(f"{place} has no {name}; give a tokenizer folder of mswitch prepare")
    ids = (place / DICTIONARY).read_text(encoding="utf-8").count("\n")
    if ids != rows:
        raise InputError(
            f"{place} has {ids} ids, the model {rows}: it is not the model's; give --tokenizer"
        )


def _summary(model: Any, has_tokenizer: bool) -> dict[str, Any]:
    return {
        "architecture": model.architecture,
        "parameters": sum(weight.numel() for weight in model.weights.values()),
        "experts": model.config.experts,
        "vocabulary_size": model.config.vocabulary_size,
        "dtype": str(model.weights["embedding.weight"].dtype).removeprefix("torch."),
        "tokenizer": has_tokenizer,
    }


def told(summary: Mapping[str, Any], output: Path) -> str:
    """A summary in one or two lines, for the screen."""
    experts = f", {summary['experts']} experts" if summary["experts"] else ""
    lines = [
        f"{output}: {summary['architecture']}, {summary['parameters']:,} parameters{experts}, "
        f"{summary['dtype']}, {summary['vocabulary_size']:,} ids"
    ]
    if not summary["tokenizer"]:
        lines.append("There was no tokenizer with it, so the folder has none.")
    return "\n".join(lines)
