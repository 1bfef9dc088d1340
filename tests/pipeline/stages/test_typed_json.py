from dataclasses import dataclass, field

import pytest

from pipeline.stages.typed_json import from_json, inlined, key, to_json


@dataclass(frozen=True)
class Inner:
    low: float
    high: float


@dataclass(frozen=True)
class Outer:
    named: dict[str, int] = field(metadata=inlined("a", "b"))
    plus: float = field(metadata=key("c++"))
    pairs: list[tuple[str, int]]
    nothing: str | None
    note: str | None = None
    inner: Inner | None = field(default=None, metadata=inlined())


WHOLE = Outer({"a": 1, "b": 2}, 0.5, [("x", 3)], "n", "t", Inner(1.0, 2.0))
CONTENT = {
    "a": 1, "b": 2, "c++": 0.5, "pairs": [["x", 3]], "nothing": "n", "note": "t", "low": 1.0,
    "high": 2.0,
}  # fmt: skip


def test_there_and_back() -> None:
    assert to_json(WHOLE) == CONTENT
    assert from_json(Outer, CONTENT) == WHOLE


def test_only_a_default_of_none_is_left_out() -> None:
    outer = Outer({"a": 1}, 1.0, [], None)
    content = {"a": 1, "c++": 1.0, "pairs": [], "nothing": None}
    assert to_json(outer) == content
    assert from_json(Outer, content) == outer


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": "1"}, "^a is '1'$"),
        ({"pairs": [["x"]]}, "^pairs has 1 entries, not 2$"),
        ({"pairs": None}, "^pairs is 'None'$"),
        ({"low": "1"}, "^low is '1'$"),
    ],
)
def test_faults_are_named_with_their_place(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_json(Outer, CONTENT | change)


def test_a_missing_key() -> None:
    with pytest.raises(ValueError, match=r"^nothing is missing$"):
        from_json(Outer, {"c++": 1.0, "pairs": []})
    with pytest.raises(ValueError, match=r"^high is missing$"):
        from_json(Outer, {"c++": 1.0, "pairs": [], "nothing": None, "low": 1.0})
