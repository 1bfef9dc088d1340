from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of a model with tags for de, en and zh; do not change it."""
    import tiny_translator

    return tiny_translator.write(tmp_path_factory.mktemp("tagged"), "switch").checkpoint


@pytest.fixture(scope="session")
def untagged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of a model as Hugging Face has them; do not change it."""
    import tiny_translator

    return tiny_translator.write(tmp_path_factory.mktemp("untagged"), "t5", ()).checkpoint
