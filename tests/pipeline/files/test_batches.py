from hypothesis import given
from hypothesis import strategies as st

from pipeline.files.batches import batches


def test_by_hand() -> None:
    assert list(batches(["ab", "c", "defg", "h"], 3)) == [["ab", "c"], ["defg"], ["h"]]
    assert list(batches([], 3)) == []


@given(st.lists(st.binary(max_size=5)), st.integers(1, 12))
def test_nothing_is_lost_and_only_the_last_is_short(texts: list[bytes], least: int) -> None:
    made = list(batches(texts, least))
    assert [text for batch in made for text in batch] == texts
    for batch in made[:-1]:
        assert len(b"".join(batch)) >= least > len(b"".join(batch[:-1]))
