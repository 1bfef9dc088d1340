import pytest

from pipeline.translation.translate.translation_progress import Progress, status


def test_status_by_hand() -> None:
    assert (
        status(100, 2000, 400, 50) == "100 of 400 lines, 2.0 lines/s, 40 tokens/s, 2 min 30 s left"
    )
    assert status(1234, 5000, None, 10) == "1,234 lines, 123.4 lines/s, 500 tokens/s, 10 s"
    assert status(400, 8000, 400, 200).endswith("40 tokens/s, 3 min 20 s")
    assert status(0, 0, 400, 3).startswith("0 of 400 lines, 0.0 lines/s")


def test_one_line_at_the_end_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(2)
    progress.tell(1, 10)
    progress.tell(1, 10)
    progress.end()
    assert capsys.readouterr().err.startswith("2 of 2 lines")
    Progress(2, shown=False).end()
    assert capsys.readouterr().err == ""
