"""Language identifiers: cld3, or a function of the user's (`--identifier`).

The function takes a text and returns mC4's code of its language (None if mC4 has no such language)
and a probability from 0 to 1. The same text must give the same answer. It is named
`module:function`, or `folder/file.py:function` if it is not installed, and imported only then.
"""

import hashlib
import importlib
import importlib.util
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from langs.cld3 import identify
from langs.errors import InputError
from langs.registry import LANGUAGES

CLD3 = "cld3"

Identifier = Callable[[str], tuple[str | None, float]]

_TRIAL = "All human beings are born free and equal in dignity and rights."
_FORM = "give module:function, or path/file.py:function"


def identifier(name: str = CLD3, max_bytes: int = 10_000, sample_bytes: int = 0) -> Identifier:
    """The identifier called `name`; the sizes are cld3's alone (`langs.cld3.identify`).

    Raises InputError if it cannot be imported or is no function; when called, InputError if it
    fails or its answer is no language and probability.
    """
    if name == CLD3:
        return lambda text: identify(text, max_bytes, sample_bytes)
    return _plugged(name)


def identity(name: str) -> dict[str, Any]:
    """The part of a fingerprint beyond the identifier's name: the hash of its module's file."""
    if name == CLD3:
        return {}
    path = getattr(_module(name), "__file__", None)
    content = Path(path).read_bytes() if path else b""
    return {"identifier_sha256": hashlib.sha256(content).hexdigest()}


def check(name: str) -> None:
    """Call the identifier once on a trial sentence. Raises InputError as `identifier`."""
    identifier(name)(_TRIAL)


@lru_cache(maxsize=1)
def _plugged(name: str) -> Identifier:
    function = getattr(_module(name), name.rpartition(":")[2], None)
    if not callable(function):
        raise InputError(f"identifier {name!r} is no function of that module; {_FORM}")

    def call(text: str) -> tuple[str | None, float]:
        try:
            answer = function(text)
        except Exception as error:
            raise InputError(f"identifier {name!r} failed on a page: {error!r}") from error
        return _checked(name, answer)

    return call


def _checked(name: str, answer: Any) -> tuple[str | None, float]:
    try:
        code, probability = answer
        if 0 <= probability <= 1 and (code is None or isinstance(code, str)):
            return (code if code in LANGUAGES else None), round(float(probability), 4)
    except (TypeError, ValueError):
        pass
    raise InputError(
        f"identifier {name!r} returned {answer!r}: it must return a pair of a language code (or "
        "None) and a probability from 0 to 1"
    )


@lru_cache(maxsize=1)
def _module(name: str) -> ModuleType:
    module, colon, function = name.rpartition(":")
    if not (module and colon and function):
        raise InputError(f"identifier is {name!r}; {_FORM}")
    try:
        return _file(Path(module)) if module.endswith(".py") else importlib.import_module(module)
    except Exception as error:
        raise InputError(f"identifier {name!r} cannot be imported: {error!r}; {_FORM}") from error


def _file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
