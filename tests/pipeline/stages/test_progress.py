import pytest

from pipeline.stages.progress import progress, status


def test_status_counts_the_rate_from_where_this_run_began() -> None:
    line = status(done=3_000, before=1_000, total=9_000, unit="documents", seconds=4)
    assert line == "3,000 of 9,000 documents, 500 documents/s, 12 s left"


def test_status_without_progress_promises_nothing() -> None:
    assert status(0, 0, 10, "documents", 2) == "0 of 10 documents, 0 documents/s, 2 s"


def test_progress_tells_on_stderr_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    done = 0
    with progress("shards", "documents", 7, lambda: done):
        done = 7
    assert capsys.readouterr().err.startswith("shards: 7 of 7 documents, ")


def test_progress_is_silent_about_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyError), progress("shards", "documents", 7, lambda: 0):
        raise KeyError
    assert capsys.readouterr().err == ""
