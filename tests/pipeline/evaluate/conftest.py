import sys
from pathlib import Path

# fake_runs.py is shared by the tests of the evaluation and of the report.
sys.path.insert(0, str(Path(__file__).parent))
