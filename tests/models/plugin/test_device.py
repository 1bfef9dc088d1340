from pathlib import Path

import pytest
import torch

from models.plugin import device


def test_a_cpu_and_its_threads() -> None:
    about = device.describe(torch.device("cpu"))
    assert about["type"] == "cpu"
    assert about["threads"] == torch.get_num_threads()
    assert about["processes"] == 1
    assert about["name"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_has_an_id() -> None:
    about = device.describe(torch.device("cuda"))
    assert about["type"] == "cuda"
    assert about["name"] == torch.cuda.get_device_name()
    assert about["id"]


def test_name_of_the_processor(tmp_path: Path) -> None:
    information = tmp_path / "cpuinfo"
    information.write_text("processor\t: 0\nmodel name\t: AMD EPYC 7R13\nflags\t: fpu\n" * 2)
    assert device.processor_name(information) == "AMD EPYC 7R13"
    assert device.processor_name(tmp_path / "missing")
