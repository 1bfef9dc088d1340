import sys
from pathlib import Path

# prepare_data.py and wet.py are shared by the tests of this folder.
sys.path.insert(0, str(Path(__file__).parent))
