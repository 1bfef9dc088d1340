"""The configuration of a whole run: YAML and `key.sub=value` into typed settings.

A file has the sections of `RunConfig`; what it leaves out has its default. `preset` names the
corpus settings that `corpus` changes, and the section `pretrain` holds what `dense` and `switch`
have in common: each of them may set a key of its own. `variants` are further runs by name, each as
`switch` but for the keys it sets.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import yaml
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from langs.errors import InputError
from pipeline.corpus import config as corpus
from pipeline.corpus.config import CorpusConfig, preset
from pipeline.prepare.config import PrepareConfig, check_prepare
from pipeline.stages import settings
from pipeline.stages.settings import setting
from pipeline.training import finetune, pretrain
from pipeline.training.finetune import FinetuneConfig
from pipeline.training.pretrain import DEFAULT_MODEL, PretrainConfig
from pipeline.translation.bitext import config as bitext
from pipeline.translation.bitext.config import BitextConfig
from pipeline.translation.translate.held_out import TranslateConfig

RUNS = ("dense", "switch")
LOGS = "logs"  # folder of the output
_COMMON = "pretrain"
_VARIANTS = "variants"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_TAKEN = (
    *("corpus", "prepare", "tokenizer", "shards", *RUNS, "report", "comparison", "translation"),
    LOGS,
)


@dataclass
class RunConfig:
    """All settings of `mswitch run`. Paths are relative to the folder it is started in."""

    input: list[str] = setting([], "web text, as `--input` of `mswitch corpus`")
    output: str = setting("", "folder of corpus/, tokenizer/, shards/, dense/, switch/, report/")
    preset: str = setting("mc4", "settings of the corpus job to start from")
    workers: int = setting(
        0, "processes of the corpus and the bitext job; 0: one for small inputs, else one a core"
    )
    jobs: int = setting(
        0, "stages that go on at once; 0: one a GPU, or one a core without GPUs", least=0
    )
    corpus: CorpusConfig = field(default_factory=CorpusConfig)
    prepare: PrepareConfig = field(default_factory=PrepareConfig)
    dense: PretrainConfig = field(default_factory=lambda: PretrainConfig(model="t5_tiny"))
    switch: PretrainConfig = field(default_factory=lambda: PretrainConfig(model=DEFAULT_MODEL))
    further_seeds: list[int] = setting([], "seeds with which both models are trained again")
    variants: dict[str, PretrainConfig] = field(default_factory=dict)  # more runs, by folder
    parallel: list[str] = setting(
        [], "parallel text, as `--input` of `mswitch bitext`; none: no translators"
    )
    bitext: BitextConfig = field(default_factory=BitextConfig)
    finetune: FinetuneConfig = field(default_factory=FinetuneConfig)  # of the pair
    translate: TranslateConfig = field(default_factory=TranslateConfig)  # of what is scored


@dataclass
class _File(RunConfig):
    """The sections of a file."""

    pretrain: PretrainConfig = field(default_factory=PretrainConfig)


def load(path: Path, overrides: Sequence[str] = ()) -> RunConfig:
    """The settings in a YAML file, changed by overrides such as `pretrain.steps=100`.

    Raises InputError for broken YAML, unknown keys, values of a wrong type or out of range, and if
    `input` or `output` is missing; OSError if the file cannot be read.
    """
    try:
        values = _values(OmegaConf.load(path), str(path))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not YAML: {_line(error)}") from error
    except OmegaConfBaseException as error:
        raise InputError(f"{path}: {_line(error)}") from error
    for override in overrides:
        values = _merged(values, _override(override))
    _check_keys(values, _File, "")
    config = _typed(_expanded(values))
    _check_values(config)
    for name in ("input", "output"):
        if not getattr(config, name):
            raise InputError(f"{path} does not say {name}; add it, or give {name}=... behind it")
    _check_values(config)
    return config


def to_yaml(config: RunConfig) -> str:
    """The whole configuration as YAML that `load` reads to the same settings."""
    return OmegaConf.to_yaml(OmegaConf.create(asdict(config)))


def _override(text: str) -> dict[str, Any]:
    if "=" not in text:
        raise InputError(f"{text!r} is no setting; write key.sub=value")
    try:
        return _values(OmegaConf.from_dotlist([text]), text)
    except (yaml.YAMLError, OmegaConfBaseException) as error:
        raise InputError(f"{text!r} cannot be read: {_line(error)}") from error


def _values(loaded: Any, where: str) -> dict[str, Any]:
    values = OmegaConf.to_container(loaded, resolve=True)
    if not isinstance(values, dict):
        raise InputError(f"{where} must hold keys and values, like `output: runs/sample`")
    return {str(key): value for key, value in values.items()}


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` over `below`, section by section; lists are replaced."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _check_keys(values: Mapping[str, Any], schema: type, where: str) -> None:
    known = get_type_hints(schema)
    for key, value in values.items():
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {where}{close[0]}?" if close else f"use {', '.join(known)}"
            raise InputError(f"unknown key {where}{key}; {hint}")
        if value is None:
            continue
        if key == _VARIANTS:
            _check_variants(value)
        elif is_dataclass(known[key]):
            _check_section(value, known[key], f"{where}{key}")


def _check_section(value: Any, schema: Any, name: str) -> None:
    if not isinstance(value, dict):
        raise InputError(f"{name} is {value!r}: it must be a section with keys of its own")
    _check_keys(value, schema, f"{name}.")


def _check_variants(value: Any) -> None:
    if not isinstance(value, dict):
        raise InputError(f"{_VARIANTS} is {value!r}: it must hold a section for each run")
    for name, own in value.items():
        if not _NAME.fullmatch(str(name)) or name in _TAKEN or "-seed" in name:
            raise InputError(
                f"{_VARIANTS}.{name}: that cannot name a folder of its own; use letters, digits, - "
                f"and _, no -seed, and not {', '.join(_TAKEN)}"
            )
        if own is not None:
            _check_section(own, PretrainConfig, f"{_VARIANTS}.{name}")


def _expanded(values: Mapping[str, Any]) -> dict[str, Any]:
    """With what `preset` and the common section stand for put into their places."""
    common = values.get(_COMMON) or {}
    name = str(values.get("preset") or RunConfig.preset)
    full = {key: value for key, value in values.items() if key != _COMMON and value is not None}
    full["corpus"] = _merged(asdict(preset(name)), values.get("corpus") or {})
    for run in RUNS:
        full[run] = _merged(common, values.get(run) or {})
    variants = values.get(_VARIANTS) or {}
    switch = {"model": DEFAULT_MODEL} | full["switch"]
    full[_VARIANTS] = {name: _merged(switch, own or {}) for name, own in variants.items()}
    return full


def _typed(values: Mapping[str, Any]) -> RunConfig:
    try:
        config = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(RunConfig), dict(values)))
    except OmegaConfBaseException as error:
        raise InputError(f"{error.full_key}: {_line(error)}") from error
    assert isinstance(config, RunConfig)
    return config


def _check_values(config: RunConfig) -> None:
    """Raise InputError for a value out of range: before hours of work, not after them."""
    trainings = {"dense": config.dense, "switch": config.switch}
    variants = {f"{_VARIANTS}.{name}": own for name, own in config.variants.items()}
    settings.check(config)
    _check_values_of("corpus", corpus.check, config.corpus)
    _check_values_of("prepare", check_prepare, config.prepare)
    for name, training in {**trainings, **variants}.items():
        _check_values_of(name, pretrain.check, training)
    _check_values_of("bitext", bitext.check, config.bitext)
    _check_values_of("finetune", finetune.check, config.finetune)
    _check_values_of("translate", settings.check, config.translate)


def _check_values_of(name: str, check: Callable[[Any], None], section: Any) -> None:
    try:
        check(section)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def _line(error: Exception) -> str:
    """The first line of a message; for YAML the line number too."""
    mark = getattr(error, "problem_mark", None)
    place = f", line {mark.line + 1}" if mark else ""
    return (getattr(error, "problem", None) or str(error).split("\n")[0]) + place
