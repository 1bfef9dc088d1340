"""How many threads a process takes for a model."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from models import cores
from models.costs import threads
from models.network.architectures import architecture


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_narrow_model_takes_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "available", lambda: 8)
    torch.set_num_threads(8)
    assert threads.use(architecture("switch_tiny")) == 1
    assert torch.get_num_threads() == 1


@pytest.mark.parametrize(("limit", "granted", "wanted"), [(8, 4, 4), (3, 4, 3), (1, 4, 1)])
def test_a_wide_model_takes_the_cores_that_it_may_use(
    monkeypatch: pytest.MonkeyPatch, limit: int, granted: int, wanted: int
) -> None:
    monkeypatch.setattr(cores, "available", lambda: granted)
    torch.set_num_threads(limit)  # as OMP_NUM_THREADS does
    assert threads.use(architecture("t5_base")) == wanted


def test_a_number_asked_for_is_taken() -> None:
    assert threads.use(replace(architecture("t5_tiny")), asked=2) == 2
    assert torch.get_num_threads() == 2


def test_a_command_waits_passively() -> None:
    code = "import os; from pipeline.cli import main; main(['--help']); "
    code += "import sys; print(os.environ['OMP_WAIT_POLICY'], file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr == "PASSIVE\n"
