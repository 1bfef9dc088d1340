"""That the benchmark runs, prints every row, and both sides write the same text."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "translation_speed.py"


def test_every_row_is_there(tmp_path: Path) -> None:
    result = tmp_path / "speed.json"
    sizes = ["--quick", "--lines", "8", "--tokens", "6", "--file-mb", "0.01", "--threads", "1"]
    command = [sys.executable, str(SCRIPT), *sizes, "--json", str(result)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = json.loads(result.read_text())
    assert all(row["value"] > 0 for row in rows)
    assert all(row["what"] in printed and row["section"] in printed for row in rows)
    ours = [row["what"] for row in rows if row["bars"] and row["unit"] == "lines/s"]
    kinds = ("dense", "8 experts")
    assert ours == [f"{how}, {kind} (8 the same)" for kind in kinds for how in ("greedy", "beam 4")]
    peers = [row["what"] for row in rows if "transformers" in row["what"]]
    assert len(peers) == len(ours)
    assert [row["what"] for row in rows if row["unit"] == "MiB"] == [
        "0.001 MB of text",
        "0.01 MB of text",
    ]
