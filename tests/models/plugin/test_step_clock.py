import multiprocessing
import subprocess
import sys
import time

import pytest

from models.plugin.step_clock import StepClock, processor_seconds

BUSY = 0.3  # processor seconds


def work() -> None:
    end = time.process_time() + BUSY
    while time.process_time() < end:
        pass


def work_and_wait(done: object, leave: object) -> None:
    work()
    done.set()  # type: ignore[attr-defined]
    leave.wait()  # type: ignore[attr-defined]


def test_own_work_counts_and_waiting_does_not() -> None:
    before = processor_seconds()
    work()
    time.sleep(0.2)
    assert BUSY <= processor_seconds() - before < BUSY + 0.15


@pytest.mark.skipif(sys.platform != "linux", reason="clocks of other processes")
def test_a_data_worker_counts_while_it_lives_and_once_it_has_ended() -> None:
    context = multiprocessing.get_context("spawn")
    done, leave = context.Event(), context.Event()
    before = processor_seconds()
    worker = context.Process(target=work_and_wait, args=(done, leave))
    worker.start()
    assert done.wait(60)
    living = processor_seconds() - before
    leave.set()
    worker.join()
    ended = processor_seconds() - before
    assert BUSY <= living <= ended + 0.02  # joined: not counted twice, not lost


def test_other_children_count_when_they_have_ended() -> None:
    before = processor_seconds()
    code = "import time\nwhile time.process_time() < 0.2: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert processor_seconds() - before >= 0.2


def test_the_clock_of_an_update_starts_at_its_first_batch() -> None:
    clock = StepClock()
    clock.start()
    time.sleep(0.05)
    clock.start()
    work()
    times = clock.stop()
    assert clock.started is None
    assert times.wall >= 0.05 + BUSY
    assert BUSY <= times.processor <= times.wall + 0.05
