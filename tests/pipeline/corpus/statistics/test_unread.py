import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpus_jobs import text

from pipeline import cli
from pipeline.corpus.statistics.unread import lines, unread


@pytest.mark.parametrize(
    ("found", "reasons", "expected"),
    [
        (3, {"no_text": 2}, None),
        (2, {"broken_json": 2}, "broken_json"),
        (9, {"broken_json": 2, "no_field:text": 7}, "no_field:text"),
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
    reasons = ["7z_archive", "not_gzip", "no_field:text"]
    files = [{"file": name, "reason": reason} for name, reason in zip("abc", reasons, strict=True)]
    assert list(lines(files)) == [
        "no page in a: a 7z archive; unpack it (7z x) and give what is in it",
        "no page in b: it cannot be read (not_gzip); fetch it again",
        "no page in c: no record has a field 'text'; say by --text-field where the text is",
    ]
    assert list(lines(files * 1000))[-1] == "and 2,900 more, in statistics.json"


def test_a_file_with_two_columns_of_one_name_is_named_and_the_job_goes_on(tmp_path, capsys):
    texts = [text(3 * n, 3 * n + 1, 3 * n + 2) for n in range(4)]
    stream = io.BytesIO()
    pq.write_table(pa.table([texts, texts], names=["text", "text"]), stream)
    (tmp_path / "bad.parquet").write_bytes(stream.getvalue())
    rows = [{"content": texts[0]}, *({"text": each} for each in texts)]
    (tmp_path / "some.jsonl").write_text("\n".join(map(json.dumps, rows)))
    command = ["corpus", "--preset", "sample", "--min-pages-per-language", "1", "--workers", "1"]
    inputs = [f"{tmp_path}/bad.parquet", f"{tmp_path}/some.jsonl"]
    assert cli.main([*command, "--input", *inputs, "--output", f"{tmp_path}/out"]) == 2
    told = capsys.readouterr()
    assert "4 of 9 pages kept" in told.out
    assert "duplicate_field:text 4, no_field:text 1" in told.out
    assert f"no page in {inputs[0]}: it has two columns 'text'; rename one" in told.err
