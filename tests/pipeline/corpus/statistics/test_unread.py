import pytest

from pipeline.corpus.statistics.unread import lines, unread


@pytest.mark.parametrize(
    ("found", "reasons", "expected"),
    [
        (3, {"no_text": 2}, None),
        (2, {"broken_json": 2}, "broken_json"),
        (9, {"broken_json": 2, "no_text_field": 7}, "no_text_field"),
        (4, {"not_html": 3, "http_status": 1}, None),
        (4, {"not_html": 1, "undecodable": 3}, "undecodable"),
        (0, {}, "no_records"),
    ],
)
def test_a_file_is_told_if_it_gave_no_page(found, reasons, expected):
    counts = {("found",): found} | {("dropped", "read", name): n for name, n in reasons.items()}
    key = unread("x", counts)
    assert key == (("unread", "x", expected) if expected else None)


def test_each_file_has_its_line():
    files = [{"file": "a.7z", "reason": "7z_archive"}, {"file": "b", "reason": "not_gzip"}]
    assert list(lines(files)) == [
        "no page in a.7z: a 7z archive; unpack it (7z x) and give what is in it",
        "no page in b: it cannot be read (not_gzip); fetch it again",
    ]
    assert list(lines(files * 1000))[-1] == "and 1,900 more, in statistics.json"
