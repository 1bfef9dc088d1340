"""Limits that differ by language: a YAML file over the settings of the job.

default:                          # optional: all languages that are not named
  min_language_probability: 0.6
hr: {min_language_probability: 0.4}
th: {min_script_share: 0.8, max_top_run_shares: [0.25, 0.2]}
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from langs import registry
from langs.errors import InputError
from pipeline.corpus.config import CorpusConfig
from pipeline.stages.settings import named

_DEFAULT = "default"
_BY_LANGUAGE = named(CorpusConfig, "by_language")


class Limits:
    """The settings as they are for each language.

    Raises InputError for a file that is missing or no such YAML, an unknown language, a setting
    that cannot differ by language, or a value that it cannot have.
    """

    def __init__(self, config: CorpusConfig) -> None:
        rows = _read(Path(config.language_limits)) if config.language_limits else {}
        self._default = dataclasses.replace(config, **rows.pop(_DEFAULT, {}))
        self._by_language = {
            code: dataclasses.replace(self._default, **row) for code, row in rows.items()
        }

    def of(self, language: str | None) -> CorpusConfig:
        """The settings for a language by mC4's code."""
        return self._by_language.get(language or "", self._default)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        rows = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError as error:
        raise InputError(f"language_limits: {path} is missing") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = str(error).split("\n")[0]
        raise InputError(f"language_limits: {path} is not YAML: {line}") from error
    if not isinstance(rows, dict):
        raise InputError(f"language_limits: {path} must hold lines like `th: {{min_words: 20}}`")
    return {_code(path, code): _row(path, code, row) for code, row in rows.items()}


def _code(path: Path, code: object) -> str:
    if code is False:  # YAML's word for Norwegian's code
        return "no"
    try:
        return _DEFAULT if code == _DEFAULT else registry.get(str(code)).code
    except InputError as error:
        raise InputError(f"language_limits: {path}: {error}") from error


def _row(path: Path, code: object, row: object) -> dict[str, Any]:
    where = f"language_limits: {path}: {code}"
    if not isinstance(row, Mapping):
        raise InputError(f"{where} is {row!r}: it must hold settings, like {{min_words: 20}}")
    kinds = {field.name: field.type for field in dataclasses.fields(CorpusConfig)}
    for name, value in row.items():
        if name not in _BY_LANGUAGE:
            known = ", ".join(_BY_LANGUAGE)
            raise InputError(f"{where} has the setting {name!r}; it may have {known}")
        several = kinds[name] is not float and kinds[name] is not int
        numbers = value if several and isinstance(value, list) else [value]
        if several != isinstance(value, list) or not all(map(_is_number, numbers)):
            form = "a list of numbers" if several else "a number"
            raise InputError(f"{where}: {name} is {value!r}: it must be {form}, none below 0")
    return dict(row)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
