import math
from dataclasses import replace

import pytest

from langs.errors import InputError
from models.architectures import architecture
from models.options import config_from_options, options_from_config, parse_capacity_factor


@pytest.mark.parametrize("name", ["t5_tiny", "switch_base"])
def test_options_and_config_are_each_other_s_inverse(name: str) -> None:
    config = replace(architecture(name), vocabulary_size=7, capacity_factor=None)
    config = replace(config, expert_widths=(16, 8) * (config.experts // 2))
    options = {**options_from_config(config), "arch": "something else"}
    assert config_from_options(options, 7) == config


@pytest.mark.parametrize(("text", "value"), [("1.25", 1.25), ("2", 2.0), ("none", None)])
def test_capacity_factor(text: str, value: float | None) -> None:
    assert parse_capacity_factor(text) == value


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "much", "", str(-math.inf)])
def test_wrong_capacity_factor(text: str) -> None:
    with pytest.raises(InputError, match="capacity factor"):
        parse_capacity_factor(text)
