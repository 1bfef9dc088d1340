import math
import re
from dataclasses import replace

import pytest

from langs.errors import InputError
from models.network.architectures import architecture
from models.network.options import (
    config_from_options,
    options_from_config,
    parse_capacity_factor,
    with_settings,
)


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


def test_settings_are_read_as_what_they_set() -> None:
    config = replace(architecture("switch_tiny"), vocabulary_size=7)
    settings = ["experts=2", "gated=True", "jitter=1e-3", "capacity_factor=none"]
    assert with_settings(config, [*settings, "expert_widths=16,8"]) == replace(
        config, experts=2, gated=True, jitter=1e-3, capacity_factor=None, expert_widths=(16, 8)
    )
    assert with_settings(config, []) == config


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("expert=3", "unknown setting expert; did you mean experts?"),
        ("zzz=3", "unknown setting zzz; there are d_model, "),
        ("experts", "'experts' is no setting; write key=value"),
        ("experts=3.5", "experts '3.5': give a whole number"),
        ("gated=1", "gated '1': give true or false"),
        ("jitter=big", "jitter 'big': give a number"),
    ],
)
def test_wrong_settings(setting: str, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        with_settings(architecture("switch_tiny"), [setting])
