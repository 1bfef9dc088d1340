"""The files of a Hugging Face folder: JSON and tensors, in one file or several with an index.

A folder from elsewhere is not trusted: nothing but tensors is unpickled, and an index names files
of its own folder only.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from langs.errors import InputError
from models.weights.checkpoint import unpickle

SAFE, PICKLED = "model.safetensors", "pytorch_model.bin"  # names in transformers
SHARD_BYTES = 5 * 10**9
LARGEST_JSON = 100 * 2**20  # an index of a million tensors, or a large tokenizer.json


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises InputError for other content; OSErrors pass up."""
    if path.stat().st_size > LARGEST_JSON:
        raise InputError(f"{path} has more than {LARGEST_JSON} bytes; it cannot be what it is for")
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not JSON; put an undamaged one in its place") from error
    if not isinstance(value, dict):
        raise InputError(f"{path} must hold an object, like {{...}}")
    return value


def write_json(path: Path, value: object) -> None:
    """Write a JSON file, as transformers does: indented, keys sorted."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


class Tensors(Mapping[str, Tensor]):
    """The tensors of a folder by name, read when asked for."""

    def __init__(self, folder: Path) -> None:
        """Raises InputError for a folder without weights, or with damaged ones."""
        self.files: dict[str, Any] = {}  # name of a tensor -> what is open and has it
        self.folder = folder
        for path in weight_files(folder):
            held = opened(path)
            for name in held.keys():  # noqa: SIM118  (safetensors' handle is no mapping)
                if name in self.files:
                    raise InputError(
                        f"{folder}: {name} is in two files; take a folder as published"
                    )
                self.files[name] = held

    def __getitem__(self, name: str) -> Tensor:
        held = self.files[name]
        try:
            tensor: Tensor = held[name] if isinstance(held, Mapping) else held.get_tensor(name)
        except SafetensorError as error:
            raise InputError(f"{self.folder}: {name} cannot be read ({error})") from error
        return tensor

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def weight_files(folder: Path) -> list[Path]:
    """The files with the weights: safetensors if there are any, else those of torch.save."""
    for name in (SAFE, PICKLED):
        if (folder / name).is_file():
            return [folder / name]
        index = folder / f"{name}.index.json"
        if index.is_file():
            return shards(index)
    raise InputError(f"{folder} has no {SAFE} or {PICKLED} (or their index); check the path")


def shards(index: Path) -> list[Path]:
    """The files that an index names. Raises InputError for names that are not of its folder."""
    places = read_json(index).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise InputError(f"{index} has no weight_map; put an undamaged one in its place")
    for name in places.values():
        if not isinstance(name, str) or not name or name.startswith(".") or Path(name).name != name:
            raise InputError(f"{index} names {name!r}, which is no file of its folder")
    paths = [index.with_name(name) for name in sorted(set(places.values()))]
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path} is missing, though {index.name} names it")
    return paths


def opened(path: Path) -> Any:
    """The open file: `keys` and tensors by name. Raises InputError if it is damaged."""
    if path.suffix == ".safetensors":
        try:
            return safe_open(path, framework="pt")
        except SafetensorError as error:
            raise InputError(f"{path} is damaged ({error}); fetch it again") from error
    held = unpickle(path)
    if not isinstance(held, Mapping) or not all(isinstance(w, Tensor) for w in held.values()):
        raise InputError(f"{path} does not hold tensors by name; take a folder as published")
    return held


def write_tensors(
    folder: Path, tensors: Iterable[tuple[str, Tensor]], shard_bytes: int = SHARD_BYTES
) -> None:
    """Write tensors as safetensors: one file, or files of `shard_bytes` at most and an index.

    A tensor larger than that has a file of its own. Only one file's tensors are held at a time.
    """
    written: list[tuple[Path, list[str], int]] = []
    for shard in batches(tensors, shard_bytes):
        path = folder / f"shard-{len(written)}.safetensors"
        save_file(shard, path, metadata={"format": "pt"})
        written.append((path, list(shard), sum(w.nbytes for w in shard.values())))
    if len(written) == 1:
        written[0][0].rename(folder / SAFE)
        return
    weight_map: dict[str, str] = {}
    for number, (path, names, _) in enumerate(written, 1):
        name = f"model-{number:05d}-of-{len(written):05d}.safetensors"
        path.rename(folder / name)
        weight_map |= dict.fromkeys(names, name)
    total = {"total_size": sum(size for _, _, size in written)}
    write_json(folder / f"{SAFE}.index.json", {"metadata": total, "weight_map": weight_map})


def batches(tensors: Iterable[tuple[str, Tensor]], most_bytes: int) -> Iterator[dict[str, Tensor]]:
    """Tensors in their order, gathered up to `most_bytes`."""
    batch: dict[str, Tensor] = {}
    size = 0
    for name, tensor in tensors:
        if batch and size + tensor.nbytes > most_bytes:
            yield batch
            batch, size = {}, 0
        batch[name] = tensor
        size += tensor.nbytes
    yield batch
