import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corpus.pages.json_values import are_lines, values
from pipeline.files.blocks import Block, Rejected

OBJECT = {"text": 'a {b}\n[c], "d"', "more": {"x": [{}, {"y": 1}]}}


def read(text: str, longest: int = 10_000, size: int = 7) -> list[tuple[int, Any]]:
    """Lines and values, or the reasons why there is none."""
    data = text.encode()
    blocks = [Block(0, data[i : i + size], last=True) for i in range(0, len(data), size)]
    return [
        (line, value.reason if isinstance(value, Rejected) else value)
        for line, value in values(blocks, longest)
    ]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ('{"a": 1}\n{"a": 2}', True),
        ('{"a": 1}', True),
        ('\ufeff {"a": 1} \r\n', True),
        ('{"a": "cut\n{"a": 1}\n', True),
        ("{", True),
        ("[", False),
        (' [{"a": 1}]', False),
        ('{\n  "a": 1\n}', False),
        ('{"a":\n1}', False),
        ('{"a": 1}{"a": 2}', False),
        ('{"a": 1}, {"a": 2}', False),
        ('{"a": 1}\r{"a": 2}\r', True),
    ],
)
def test_files_of_lines(start, expected):
    assert are_lines(start) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(), st.text() | st.integers()), max_size=5),
    st.sampled_from([None, 0, 2]),
    st.integers(1, 50),
    st.booleans(),
)
def test_arrays_and_objects_behind_one_another_as_json_reads_them(objects, indent, size, array):
    texts = [json.dumps(each, indent=indent, ensure_ascii=False) for each in objects]
    text = json.dumps(objects, indent=indent) if array else "".join(texts)
    assert [value for _, value in read(text, size=size)] == objects


def test_values_are_known_by_the_line_in_which_they_begin():
    text = json.dumps([OBJECT, OBJECT], indent=1)
    first, second = (text[: text.index("{", at)].count("\n") + 1 for at in (0, text.index("\n }")))
    assert read(text) == [(first, OBJECT), (second, OBJECT)]


@pytest.mark.parametrize("bad", ['{"a": 1,', '{"a" "b"}', '{"text": "cut\n', "none", '{"x": tru}'])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_broken_value_costs_itself_only(bad, indent):
    good = json.dumps(OBJECT, indent=indent)
    found = read(f"{good}\n{bad}\n{good}\n{good}")
    line = good.count("\n") + 2
    assert [value for _, value in found] == [OBJECT, "broken_json", OBJECT, OBJECT]
    assert found[1][0] == line


def test_a_value_that_is_too_long_or_too_deep():
    long = json.dumps({"text": "x" * 500})
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    good = json.dumps(OBJECT)
    assert read(f"[{good},\n{long},\n{good}]", longest=300) == [
        (1, OBJECT),
        (2, "record_too_long"),
        (3, OBJECT),
    ]
    found = [value for _, value in read(f"{good}\n{deep}\n{good}", longest=100_000)]
    assert found[:2] == [OBJECT, "broken_json"]
    assert found[-1] == OBJECT


def test_a_broken_member_is_told_and_reading_goes_on():
    data = json.dumps([OBJECT] * 3).encode()
    half = len(data) // 2
    blocks = [Block(5, data[:half], True, "broken_gzip_member"), Block(9, data[half:], True)]
    found = [value for _, value in values(blocks, 10_000)]
    assert [each for each in found if each == OBJECT] == [OBJECT] * 2
    assert Rejected(5, "broken_gzip_member") in found


@settings(max_examples=60, deadline=None)
@given(st.text('{}[]",:\\ \n1ae', max_size=200), st.integers(1, 50))
def test_whatever_stands_there_is_read_to_its_end(text, size):
    read(text, longest=60, size=size)
