"""generation_config.json: the tokens that generation starts and ends with, and its lengths."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from langs.errors import InputError
from models.weights.lengths import Lengths

from .config_json import FIXED, check_fixed
from .tensor_files import read_json

NAME = "generation_config.json"
_FIXED: dict[str, tuple[Any, str]] = {
    **{name: value for name, value in FIXED.items() if name.endswith("_token_id")},
    "forced_bos_token_id": (None, "a forced first token"),
    "forced_decoder_ids": (None, "forced tokens"),
}
START = 1  # tokens of the decoder's start, which their max_length and min_length count


def read(folder: Path, config: Mapping[str, Any]) -> Lengths:
    """The lengths in generation_config.json; of older folders, without it, those in config.json.

    config: the entries of config.json. The rest of a search is set by those who translate. Raises
    InputError for other start or end tokens than ours, forced tokens, and lengths that are none;
    OSErrors pass up.
    """
    path = folder / NAME
    entries = read_json(path) if path.is_file() else config
    try:
        check_fixed(entries, _FIXED)
        return Lengths(_tokens(entries, "max"), _tokens(entries, "min"))
    except InputError as error:
        raise InputError(f"{path if path.is_file() else folder}: {error}") from error


def _tokens(entries: Mapping[str, Any], end: str) -> int:
    """`max_new_tokens`, or else `max_length` without the start token; 0 where neither is given."""
    for name, start in ((f"{end}_new_tokens", 0), (f"{end}_length", START)):
        value = entries.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
            raise InputError(f"{name} is {value!r}: it must be a whole number from 0 to 2^31")
        return max(0, value - start)
    return 0
