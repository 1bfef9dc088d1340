import contextlib
import os
import signal
import threading

import pytest

from pipeline.stages.interrupts import interruptible


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def wrap() -> None:
    try:
        press_ctrl_c()
    except KeyboardInterrupt as error:
        raise RuntimeError("KeyboardInterrupt [while running 'Scan']") from error


def swallow() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        press_ctrl_c()


@pytest.mark.parametrize("library", [press_ctrl_c, wrap, swallow])
def test_an_interrupt_is_one_whatever_a_library_makes_of_it(library):
    ended: list[str] = []
    with pytest.raises(KeyboardInterrupt), interruptible(lambda: ended.append("work")):
        library()
    assert ended == ["work"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_errors_and_results_pass():
    with pytest.raises(RuntimeError, match="own"), interruptible(lambda: None):
        raise RuntimeError("own")
    with interruptible(lambda: None):
        pass


def test_threads_and_those_who_ignore_ctrl_c_are_left_alone():
    handlers = []

    def run() -> None:
        with interruptible(lambda: None):
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run()
        press_ctrl_c()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert handlers == [signal.default_int_handler, signal.SIG_IGN]
