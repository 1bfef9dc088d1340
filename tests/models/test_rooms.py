"""Imports inside `models` go one way: a package imports those before it, none behind it."""

import ast
from pathlib import Path

MODELS = Path(__file__).parents[2] / "models"
ORDER = (
    *("formats", "layers", "tokenizer", "network", "costs", "weights"),
    *("fairseq_compat", "data", "generation", "huggingface", "distillation"),
    *("plugin", "tasks", "train", "store_probabilities"),
)


def imported(path: Path) -> set[str]:
    """First names behind `models.` of what a file imports by its full name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in names if name.startswith("models.")}


def rooms() -> set[str]:
    return {path.stem for path in MODELS.iterdir() if path.stem.isidentifier()} - {
        "__init__",
        "__pycache__",
    }


def test_every_package_has_its_place() -> None:
    assert rooms() == set(ORDER)


def test_imports_go_one_way() -> None:
    wrong = {
        (str(path.relative_to(MODELS)), name)
        for path in MODELS.rglob("*.py")
        for name in imported(path)
        if (room := path.relative_to(MODELS).parts[0].removesuffix(".py")) in ORDER
        and ORDER.index(name) > ORDER.index(room)
    }
    assert not wrong
