from collections import Counter

from pipeline.corpus.watch import FILE, Reporter, progress_line


def test_reading_tells_files_and_the_time_left():
    counts = Counter({"scan": 1000, "scan files": 2})
    assert progress_line("scan", counts, 6, 10.0) == (
        "corpus: reading: 1,000 pages, 100 pages/s, 2 of 6 files, about 20 s left"
    )


def test_identifying_knows_how_many_pages_are_left():
    counts = Counter({"scan": 1000, "kept": 600, "finish": 200})
    assert progress_line("finish", counts, 6, 4.0) == (
        "corpus: identifying languages: 200 pages, 50 pages/s, about 8 s left"
    )


def test_nothing_done_yet():
    assert progress_line("scan", Counter(), 3, 0.0) == (
        "corpus: reading: 0 pages, 0 pages/s, 0 of 3 files"
    )


def test_a_reporter_tells_every_page_once(tmp_path):
    reporter = Reporter(tmp_path, "scan")
    for _ in range(1234):
        reporter.add()
    reporter.file_done(kept=7)
    lines = [line.split() for line in (tmp_path / FILE).read_text().splitlines()]
    assert sum(int(line[2]) for line in lines) == 1234
    assert [line[3:] for line in lines] == [["0", "0"], ["0", "0"], ["1", "7"]]


def test_a_worker_that_cannot_tell_goes_on(tmp_path):
    Reporter(tmp_path / "missing", "scan").file_done()
