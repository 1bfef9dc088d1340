import signal
import subprocess
import sys

import pytest
from processes import descendants, wait_for_end

from pipeline.stages.signals import TerminatedError, terminable

PARENT = """
import subprocess, sys, time
from pipeline.stages.signals import die_with_parent

child = subprocess.Popen(["sleep", "60"], preexec_fn=die_with_parent)
print(child.pid, flush=True)
time.sleep(60)
"""


def test_sigterm_leaves_the_block_with_exit_code_143_and_is_as_before_then() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(TerminatedError) as left, terminable():
        signal.raise_signal(signal.SIGTERM)
    assert left.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_child_dies_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert descendants(parent.pid) == {child}
    parent.kill()
    parent.communicate()
    wait_for_end([child])
