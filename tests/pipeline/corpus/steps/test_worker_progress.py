import json
from collections import Counter

from pipeline.corpus.steps import worker_progress
from pipeline.corpus.steps.worker_progress import FILE, Reporter, progress_line


def test_a_line_tells_files_rates_and_the_time_left():
    done = Counter(pages=1000, bytes=25_000_000, files=2)
    assert progress_line("scan", done, 6, 0.25, 10.0) == (
        "corpus: reading: 2 of 6 files, 1,000 pages, 100 pages/s, 2.5 MB/s, about 30 s left"
    )


def test_nothing_done_yet():
    assert progress_line("finish", Counter(), 3, 0.0, 0.0) == (
        "corpus: identifying languages: 0 of 3 files, 0 pages, 0 pages/s, 0.0 MB/s"
    )


def told(work) -> Counter[str]:
    """What reporters have told in all."""
    lines = (work / FILE).read_text().splitlines()
    return sum((Counter(json.loads(line.split(maxsplit=2)[2])) for line in lines), Counter())


def test_a_reporter_tells_every_page_and_byte_once(tmp_path):
    reporter = Reporter(tmp_path, "scan")
    place = 0
    reporter.position = lambda: place
    for _ in range(1234):
        place += 3
        reporter.add(10)
    reporter.file_done(kept=7)
    assert told(tmp_path) == Counter(pages=1234, bytes=12_340, read=3702, files=1, kept=7)


def test_what_an_earlier_run_did_does_not_count_as_speed(tmp_path, capsys):
    with worker_progress.display(tmp_path, files=2, size=1000):
        Reporter(tmp_path, "scan").file_kept(size=800, kept=50)
        reporter = Reporter(tmp_path, "scan")
        reporter.position = lambda: 100
        reporter.add(10)
        reporter.file_done(kept=1)
        with (tmp_path / FILE).open() as stream:
            worker_progress._Watch(stream, 2, 1000).tell()
    assert "reading: 2 of 2 files, 1 pages" in capsys.readouterr().err
    with (tmp_path / FILE).open() as stream:
        half = worker_progress._Watch(stream, 2, 1000)
        half.tell()
    assert half._share("scan") == 0.5


def test_a_worker_that_cannot_tell_goes_on(tmp_path):
    Reporter(tmp_path / "missing", "scan").file_done()
