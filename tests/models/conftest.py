from pathlib import Path

import models.fairseq_compat  # noqa: F401  (before anything of fairseq)

# isort: split
import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def prepared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `mswitch prepare` writes it: three languages, 120 pieces. Do not change it."""
    import tiny_data

    return tiny_data.write(tmp_path_factory.mktemp("prepared"))


@pytest.fixture(scope="session")
def bitext_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `mswitch bitext` writes it: a toy language, both ways. Do not change it."""
    import tiny_bitext

    return tiny_bitext.write(tmp_path_factory.mktemp("bitext"))
