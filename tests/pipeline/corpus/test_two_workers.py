"""With two workers both do half of every costly step, seen by the files that they open."""

import dataclasses
import os
from collections import Counter
from pathlib import Path

import pytest
from prepare_data import text
from wet_files import packed, record

from pipeline.corpus.config import preset
from pipeline.corpus.job import make_corpus

FILES, PAGES = 4, 6
CONFIG = dataclasses.replace(preset("sample"), min_pages_per_language=1, shard_bytes=1000)
STEPS = {
    "Scan": "*.wet.gz",
    "LinesLeft": "out.partial/work/lines/.*.tmp",
    "Finish": "out.partial/work/frames/.*.tmp",
    "Write": "out.partial/documents/en/.train-*.tmp",
}
# Python imports a module of this name when it starts, in the worker processes too.
LISTENER = """
import os, sys

log = os.open(os.environ["OPENED_FILES"], os.O_CREAT | os.O_APPEND | os.O_WRONLY)

def note(event, arguments):
    if event == "open":
        os.write(log, f"{os.getpid()} {arguments[0]}\\n".encode())

sys.addaudithook(note)
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Path]]:
    """Process and path of every file of a job that a worker process opened."""
    folder = tmp_path_factory.mktemp("job")
    pages = [page.replace("\n", ".\n") + "." for page in text("en", FILES * PAGES)]
    for number in range(FILES):
        some = enumerate(pages[number::FILES])
        records = [record(f"http://{page}.org/{number}", content) for page, content in some]
        (folder / f"{number}.wet.gz").write_bytes(packed(records))
    (folder / "sitecustomize.py").write_text(LISTENER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        patch.setenv("OPENED_FILES", str(folder / "opened"))
        make_corpus([f"{folder}/*.wet.gz"], folder / "out", CONFIG, workers=2)
    lines = [line.split(maxsplit=1) for line in (folder / "opened").read_text().splitlines()]
    of_job = [(process, Path(path)) for process, path in lines if path.startswith(str(folder))]
    return [(process, path.relative_to(folder)) for process, path in of_job]


@pytest.mark.parametrize("step", STEPS)
def test_two_workers_share_the_step(step: str, opened: list[tuple[str, Path]]) -> None:
    files = {(process, path) for process, path in opened if path.match(STEPS[step])}
    shares = Counter(process for process, _ in files)
    assert len(files) >= FILES
    assert len(shares) == 2
    assert len(set(shares.values())) == 1  # halves
    assert str(os.getpid()) not in shares
