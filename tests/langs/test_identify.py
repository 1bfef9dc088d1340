import sys

import pytest

from langs.errors import InputError
from langs.identify import CLD3, check, identifier, identity


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes a module with this code and returns the name of its function."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(code: str, name: str) -> str:
        (tmp_path / f"{name}.py").write_text(code)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return f"{name}:find"

    return write


def test_cld3_unless_another_is_named():
    text = "Все люди рождаются свободными и равными в своём достоинстве и правах."
    assert identifier()(text)[0] == "ru"
    assert identity(CLD3) == {}


def test_a_function_of_a_module(module):
    name = module("def find(text):\n    return 'sw', len(text) / 100", "a_module")
    assert identifier(name)("x" * 50) == ("sw", 0.5)


def test_a_function_in_a_file(tmp_path):
    (tmp_path / "own.py").write_text("def find(text): return 'xx', 1")
    name = f"{tmp_path}/own.py:find"
    assert identifier(name)("text") == (None, 1.0)


def test_changed_code_changes_the_fingerprint(module):
    first = identity(module("def find(text): return 'sw', 1", "one_module"))
    second = identity(module("def find(text): return 'sw', 0.9", "other_module"))
    assert len(first["identifier_sha256"]) == 64
    assert first != second


@pytest.mark.parametrize(
    ("number", "code", "error"),
    [
        (1, "def find(text): return 'sw'", "returned 'sw': it must return a pair"),
        (2, "def find(text): return 'sw', 1.5", "returned .'sw', 1.5.: it must"),
        (3, "def find(text): return 3, 0.5", "it must return a pair"),
        (4, "def find(text): return None", "it must return a pair"),
        (5, "def find(text): return text[1000], 1", "failed on a page: IndexError"),
        (6, "find = 3", "is no function of that module"),
        (7, "def other(text): return 'sw', 1", "is no function of that module"),
        (8, "import no_such_thing", "cannot be imported: ModuleNotFoundError"),
        (9, "def find(text", "cannot be imported: SyntaxError"),
    ],
)
def test_what_is_wrong_is_said_before_the_job_starts(module, number, code, error):
    with pytest.raises(InputError, match=error):
        check(module(code, f"bad_module_{number}"))


@pytest.mark.parametrize("name", ["cld4", "json:", ":dumps", "no_such_module:find", "none.py:find"])
def test_names_that_lead_nowhere(name):
    with pytest.raises(InputError, match="module:function"):
        check(name)
