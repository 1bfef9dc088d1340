"""What users and their scripts hold on to, frozen in `contract.txt`: commands and flags, YAML keys,
options of the fairseq plugin, exit codes, and the names of the files that a run writes.

A change to the contract is made in contract.txt by hand; the difference shows which line.
"""

import argparse
import dataclasses
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from contract import section

from langs.errors import InputError
from pipeline import cli
from pipeline.commands.command import Command
from pipeline.run import config
from pipeline.training import process


def option_line(action: argparse.Action) -> str:
    """`--flag METAVAR {choices} nargs type = default`, with what applies."""
    kind = getattr(action.type, "__name__", "")
    parts = [
        "/".join(action.option_strings) or f"<{action.dest}>",
        f"{{{','.join(map(str, action.choices))}}}" if action.choices else "",
        f"x{action.nargs}" if action.nargs is not None else "",
        "" if kind == "str" else kind,  # text is what argparse gives anyway
        f"const {action.const}" if action.const is not None else "",
        "required" if action.required and action.nargs != "*" else f"= {action.default!r}",
    ]
    return "  " + " ".join(part for part in parts if part)


def command_lines() -> Iterator[str]:
    for name in cli.COMMANDS:
        command = cli.load(name)
        yield f"{name} (further options go on)" if command.accepts_extra else name
        actions = cli.parser(name, command)._actions
        yield from sorted(option_line(action) for action in actions if action.dest != "help")


def setting_lines(settings: Any, prefix: str = "") -> Iterator[str]:
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            yield from setting_lines(value, f"{prefix}{field.name}.")
        else:
            yield f"  {prefix}{field.name} = {value!r}"


def plugin_lines() -> Iterator[str]:
    import models.tasks  # noqa: F401  (registers the plugin)

    # isort: split
    from fairseq.criterions import CRITERION_DATACLASS_REGISTRY
    from fairseq.models import ARCH_MODEL_REGISTRY, MODEL_DATACLASS_REGISTRY
    from fairseq.optim import OPTIMIZER_DATACLASS_REGISTRY
    from fairseq.tasks import TASK_DATACLASS_REGISTRY

    registries = {
        "model": MODEL_DATACLASS_REGISTRY,
        "task": TASK_DATACLASS_REGISTRY,
        "criterion": CRITERION_DATACLASS_REGISTRY,
        "optimizer": OPTIMIZER_DATACLASS_REGISTRY,
    }
    for kind, registry in registries.items():
        for name, options in sorted(registry.items()):
            if options.__module__.startswith("models."):
                yield f"{kind} {name}"
                yield from (
                    f"  --{field.name.replace('_', '-')} = {field.default!r}"
                    for field in dataclasses.fields(options)
                    if not field.name.startswith("_")
                )
    for name, model in sorted(ARCH_MODEL_REGISTRY.items()):
        if model.__module__.startswith("models."):
            yield f"arch {name}"


def exit_codes(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    ends = {
        "success": None,
        "input error": InputError("x"),
        "disk full": OSError(28, "No space left on device", "x"),
        "interrupt": KeyboardInterrupt(),
        "closed pipe": BrokenPipeError(),
    }
    yield f"unknown command: {cli.main(['zzz'])}"
    yield from (
        f"unknown option of {name}: {cli.main([*name.split(), '--zzz'])}" for name in cli.COMMANDS
    )
    for title, error in ends.items():

        def run(*_: object, error: BaseException | None = error) -> None:
            if error:
                raise error

        command = Command("", "", lambda parser: None, run)
        with monkeypatch.context() as patch:
            patch.setattr(cli, "load", lambda name, command=command: command)
            patch.setattr("os.dup2", lambda *_: None)
            yield f"{title}: {cli.main(['languages'])}"
    for title, code in (("exit code 2", 2), ("exit code 3", 3), ("SIGKILL", -signal.SIGKILL)):
        with pytest.raises(SystemExit) as ended:
            process._fail(code)
        yield f"training ends by {title}: {ended.value.code}"


def test_commands_have_the_flags_defaults_and_choices_of_the_contract() -> None:
    assert list(command_lines()) == section("commands")


def test_a_configuration_has_the_keys_and_defaults_of_the_contract() -> None:
    presets = [
        line
        for name in ("mc4", "c4", "modern", "sample")
        for line in (f"preset {name}", *setting_lines(config.preset(name), "corpus."))
    ]
    assert ["run", *setting_lines(config.RunConfig()), *presets] == section("configuration")


def test_the_plugin_has_the_options_of_the_contract() -> None:
    assert list(plugin_lines()) == section("fairseq plugin")


def test_exit_codes_are_those_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(exit_codes(monkeypatch)) == section("exit codes")
