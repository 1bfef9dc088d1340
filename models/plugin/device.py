"""What a run is trained on, for its first line of metrics: times compare on equal devices alone."""

import platform
from pathlib import Path
from typing import Any

import torch

from models.layers.experts.router import processes


def describe(device: torch.device) -> dict[str, Any]:
    """`type` ("cpu", "cuda"), `name`, `processes` that train together, and `threads` or `id`.

    `threads`: of one process, on a CPU. `id`: of the first process's GPU, the same for all runs.
    """
    about = {"type": device.type, "processes": processes()}
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return {**about, "name": properties.name, "id": str(properties.uuid)}
    return {**about, "name": processor_name(), "threads": torch.get_num_threads()}


def processor_name(information: Path = Path("/proc/cpuinfo")) -> str:
    """The name of the processor, as Linux has it; elsewhere its architecture."""
    lines = information.read_text().splitlines() if information.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
