import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
from corpus_jobs import text

from pipeline import cli
from pipeline.corpus.statistics.missing_fields import missing_fields


def test_a_file_with_two_columns_of_one_name_is_named_and_the_job_goes_on(tmp_path, capsys):
    texts = [text(3 * n, 3 * n + 1, 3 * n + 2) for n in range(4)]
    stream = io.BytesIO()
    pq.write_table(pa.table([texts, texts], names=["text", "text"]), stream)
    (tmp_path / "bad.parquet").write_bytes(stream.getvalue())
    lines = [{"content": texts[0]}, *({"text": each} for each in texts)]
    (tmp_path / "some.jsonl").write_text("\n".join(map(json.dumps, lines)))
    command = ["corpus", "--preset", "sample", "--min-pages-per-language", "1", "--workers", "1"]
    inputs = [f"{tmp_path}/bad.parquet", f"{tmp_path}/some.jsonl"]
    assert cli.main([*command, "--input", *inputs, "--output", f"{tmp_path}/out"]) == 0
    found = capsys.readouterr()
    assert "4 of 9 pages kept" in found.out
    assert "duplicate_field:text 4, no_field:text 1" in found.out
    assert f"{inputs[0]}, row 0: duplicate_field 'text', 4 rejected; rename" in found.err
    assert f"{inputs[1]}, line 1: no_field 'text', 1 rejected; say by --text-field" in found.err


def test_at_most_ten_files_are_named(tmp_path):
    row = {"file": "x", "offset": 1, "reason": "no_field:text", "unit": "line", "records": 1}
    for number in range(20):
        row["reason"] = "no_text" if number < 5 else "no_field:text"
        (tmp_path / f"{number:05d}.jsonl").write_text(json.dumps(row) + "\n")
    found = list(missing_fields(tmp_path))
    assert len(found) == 11
    assert "more files" in found[-1]
