"""Imports go one way: langs <- models <- pipeline, and models.layers knows torch alone."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"langs", "models", "pipeline", "tests", "benchmarks"}
MAY_IMPORT = {
    "langs": {"langs"},
    "models": {"langs", "models"},
    "pipeline": {"langs", "models", "pipeline"},
}


def imported(path: Path) -> Iterator[str]:
    """Full names of the modules that a file imports, those inside functions too."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*base, *([node.module] if node.module else [])])


def files_of(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(package: str) -> None:
    wrong = {
        (str(path.relative_to(ROOT)), name)
        for path in files_of(package)
        for name in imported(path)
        if (top := name.partition(".")[0]) in OURS and top not in MAY_IMPORT[package]
    }
    assert not wrong


def test_layers_import_torch_alone() -> None:
    allowed = {"torch", *sys.stdlib_module_names}
    wrong = {
        (path.name, name)
        for path in files_of("models/layers")
        for name in imported(path)
        if name.partition(".")[0] not in allowed and not name.startswith("models.layers")
    }
    assert not wrong


def test_models_has_no_package_of_its_own_name() -> None:
    """fairseq imports `models/models/` of a user directory by itself."""
    assert not (ROOT / "models" / "models").exists()
