"""Imports run one way: each room imports rooms of lower ranks alone, and nothing goes in circles.

A room is a folder of the second level, such as `pipeline.corpus`, or a module there, such as
`models.train`; `langs` is one room. Imports inside functions count.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("langs", "models", "pipeline")
ROOMS_IN_ORDER = """
    langs
    models.layers  models.cores
    models.network
    models.costs
    models.formats  models.fairseq_compat
    models.tokenizer
    models.weights
    models.data  models.generation  models.huggingface
    models.distillation
    models.plugin
    models.tasks
    models.train
    models.store_probabilities
    pipeline.stages  pipeline.show
    pipeline.files  pipeline.evaluate
    pipeline.corpus  pipeline.report
    pipeline.prepare  pipeline.sample
    pipeline.training  pipeline.translation
    pipeline.run
    pipeline.commands
    pipeline.cli
"""
"""Every room, the lowest first. Rooms on one line do not import each other."""

RANKS = {
    room: rank for rank, line in enumerate(ROOMS_IN_ORDER.splitlines()) for room in line.split()
}
ALLOWED = {
    "langs": set[str](),
    "models.layers": set[str](),
    "pipeline.stages": {"langs"},
    "pipeline.show": set[str](),
    "pipeline.files": {"langs", "pipeline.stages"},
}
"""Rooms of ours that these may import, whatever the ranks say."""

FORBIDDEN = {
    "pipeline.translation": "pipeline.corpus.config",
}
"""Modules that a room may not import: these jobs make no settings of the corpus job."""


@cache
def modules() -> dict[str, Path]:
    """All modules of the packages by full name; a package goes by its own name."""
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }


def imported(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, those inside functions too."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                name = f"{base}.{alias.name}"
                yield name if name in modules() else base


def room_of(module: str) -> str:
    parts = module.split(".")
    return parts[0] if parts[0] == "langs" else ".".join(parts[:2])


def imports() -> Iterator[tuple[str, str]]:
    """(module, imported module) for every import of a module of ours."""
    for module, path in modules().items():
        yield from ((module, name) for name in imported(path) if name in modules())


def told(pairs: set[tuple[str, str]]) -> str:
    """The imports with the file of each, a line each."""
    lines = (f"{modules()[m].relative_to(ROOT)} imports {name}" for m, name in sorted(pairs))
    return "these imports run the wrong way:\n" + "\n".join(lines)


def test_every_room_has_a_rank() -> None:
    rooms = {room_of(module) for module in modules()} - set(PACKAGES[1:])
    assert rooms == RANKS.keys()


def test_imports_run_one_way() -> None:
    wrong = set()
    for module, name in imports():
        room, other = room_of(module), room_of(name)
        if room == other or other in PACKAGES[1:]:
            continue
        if RANKS[other] >= RANKS[room] or other not in ALLOWED.get(room, {other}):
            wrong.add((module, name))
    assert not wrong, told(wrong)


def test_no_job_makes_settings_of_another() -> None:
    wrong = {(module, name) for module, name in imports() if FORBIDDEN.get(room_of(module)) == name}
    assert not wrong, told(wrong)


def test_no_modules_import_each_other() -> None:
    """Inside a room too: modules that import none of those left are taken away in turn."""
    left: dict[str, set[str]] = {module: set() for module in modules()}
    for module, name in imports():
        if module != name and not module.startswith(f"{name}."):
            left[module].add(name)
    while free := [module for module, names in left.items() if not names & left.keys()]:
        for module in free:
            del left[module]
    assert not left, told(
        {(module, name) for module in left for name in left[module] & left.keys()}
    )


@pytest.mark.parametrize("folder", PACKAGES)
def test_packages_import_neither_tests_nor_benchmarks(folder: str) -> None:
    names = {
        name.partition(".")[0] for path in (ROOT / folder).rglob("*.py") for name in imported(path)
    }
    assert not names & {"tests", "benchmarks"}


def test_layers_import_torch_alone() -> None:
    allowed = {"torch", *sys.stdlib_module_names}
    wrong = {
        (module, name)
        for module, path in modules().items()
        if room_of(module) == "models.layers"
        for name in imported(path)
        if name.partition(".")[0] not in allowed and not name.startswith("models.layers")
    }
    assert not wrong, told(wrong)


def test_models_has_no_package_of_its_own_name() -> None:
    """fairseq imports `models/models/` of a user directory by itself."""
    assert not (ROOT / "models" / "models").exists()
