import sys
from pathlib import Path

# wet_files.py is shared by the tests of the corpus job.
sys.path.insert(0, str(Path(__file__).parent))
