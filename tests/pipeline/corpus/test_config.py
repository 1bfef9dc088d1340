import dataclasses

import pytest
from omegaconf import OmegaConf

from langs.errors import InputError
from pipeline.corpus.config import PRESETS, CorpusConfig, check, preset


def test_mc4_is_mc4_as_published():
    config = preset("mc4")
    assert config == CorpusConfig()
    assert (config.min_long_lines, config.min_line_characters) == (3, 200)
    assert config.min_language_probability == 0.7
    assert config.min_pages_per_language == 10_000
    assert config.validation_share == 1 / 1000
    assert not config.require_terminal_punctuation


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_valid_and_copies(name):
    check(preset(name))
    preset(name).languages.append("en")
    assert preset(name).languages == []


def test_an_unknown_preset():
    with pytest.raises(
        InputError, match="unknown preset 'mc5': use one of mc4, c4, modern, sample"
    ):
        preset("mc5")


@pytest.mark.parametrize(
    "change",
    [
        {"languages": ["en", "xx"]},
        {"min_long_lines": -1},
        {"min_language_probability": 1.5},
        {"validation_share": 0.6},
        {"min_validation_pages": 1_001},
        {"hash_buckets": 0},
    ],
)
def test_values_out_of_range(change):
    with pytest.raises(InputError):
        check(dataclasses.replace(CorpusConfig(), **change))


def test_omegaconf_can_override():
    merged = OmegaConf.merge(OmegaConf.structured(preset("sample")), {"min_long_lines": 1})
    assert OmegaConf.to_object(merged).min_long_lines == 1
