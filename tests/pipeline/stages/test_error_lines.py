import errno
import os

import pytest

from langs.errors import InputError
from pipeline.stages import error_lines


def test_input_errors_speak_for_themselves() -> None:
    assert error_lines.message(InputError("alpha is -1: it must not be negative")) == (
        "alpha is -1: it must not be negative"
    )


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "free some space"),
        (errno.EROFS, "choose another --output"),
        (errno.EACCES, "permissions"),
        (errno.ENOENT, "check the path"),
        (errno.EMFILE, "ulimit -n"),
    ],
)
def test_system_errors_say_where_what_and_what_to_do(number: int, said: str) -> None:
    line = error_lines.message(OSError(number, os.strerror(number), "/some/file"))
    assert line is not None
    assert line.startswith(f"/some/file: {os.strerror(number).lower()}; ")
    assert said in line


def test_a_system_error_without_a_path_is_still_a_line() -> None:
    assert error_lines.message(OSError(errno.ENOSPC, "No space left on device")) == (
        "no space left on device; free some space there, or choose another --output"
    )


def test_a_worker_s_traceback_is_reduced_to_its_error() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "worker.py", line 12, in process\n'
        "OSError: [Errno 28] No space left on device: '/mnt/x' [while running 'ParDo(Write)']\n"
    )
    line = error_lines.message(RuntimeError(text))
    assert line is not None
    assert line.startswith("No space left on device: '/mnt/x'; free some space")
    text = "Traceback\nlangs.errors.InputError: x.wet: no pages [while running 'Read']"
    assert error_lines.message(RuntimeError(text)) == "x.wet: no pages"


def test_a_worker_that_was_killed_is_told() -> None:
    line = error_lines.message(RuntimeError("Channel closed prematurely."))
    assert line is not None
    assert "a worker process has ended" in line
    assert "run the command again" in line


@pytest.mark.parametrize("error", [ValueError("x"), RuntimeError("x"), KeyError("x")])
def test_faults_of_ours_are_not_dressed_up(error: Exception) -> None:
    assert error_lines.message(error) is None
