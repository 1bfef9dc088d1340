"""That the benchmark runs and prints every row; what it measures is not for a test to say."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "model_speed.py"


def test_every_row_is_there(tmp_path: Path) -> None:
    result = tmp_path / "speed.json"
    command = [sys.executable, str(SCRIPT), "--quick", "--json", str(result)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rows = json.loads(result.read_text())
    assert all(row["value"] > 0 for row in rows)
    assert all(row["what"] in printed and row["section"] in printed for row in rows)
    for experts in (8, 32, 128):
        capacities = ("capacity 1", "capacity 1.25", "capacity 2", "dropless")
        wanted = {f"{experts} experts, {capacity}" for capacity in capacities}
        sections = {row["section"] for row in rows if row["what"] in wanted - {"dropless"}}
        assert len(sections) >= (1 if experts == 128 else 2)
        for section in sections:
            found = {row["what"] for row in rows if row["section"] == section}
            assert wanted <= found or "peak memory" in section
    kinds = ("peak memory", "training step", "forward and backward", "generation", "describe")
    assert all(any(kind in row["section"] for row in rows) for kind in kinds)
    generated = [row["what"] for row in rows if "generation" in row["section"]]
    assert all("32 of 32 the same" in what for what in generated if "transformers" not in what)
    bars = [bar for row in rows for bar in row["bars"]]
    assert f"of {len(bars)} bars met" in printed
