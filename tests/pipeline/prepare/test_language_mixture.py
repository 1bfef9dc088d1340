import json
from pathlib import Path

import pytest

from langs import sampling
from langs.errors import InputError
from pipeline.prepare import language_mixture
from pipeline.prepare.config import PrepareConfig


def counts(documents: int, size: int) -> dict[str, dict[str, int]]:
    train = {"documents": documents, "characters": size, "bytes": size}
    return {"train": train, "validation": {"documents": 1, "characters": 9, "bytes": 9}}


STATISTICS = {"en": counts(400, 1000), "sw": counts(100, 9000), "yo": counts(0, 0)}
PIECES = {"en": 3000, "sw": 1000}


def test_temperature_by_hand() -> None:
    made = language_mixture.mixture(PrepareConfig(alpha=0.5), STATISTICS, PIECES)
    assert made["method"] == "temperature"
    assert made["alpha"] == 0.5
    assert made["unit"] == "documents"
    assert made["sizes"] == {"en": 400, "sw": 100}
    assert made["rates"] == pytest.approx({"en": 2 / 3, "sw": 1 / 3})
    assert made["shares"] == {"en": 0.75, "sw": 0.25}
    assert made["token_budget"] == 4000
    assert made["epochs"] == pytest.approx({"en": 4000 * 2 / 3 / 3000, "sw": 4000 / 3 / 1000})
    assert "max_epochs" not in made


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("documents", {"en": 400, "sw": 100}),
        ("bytes", {"en": 1000, "sw": 9000}),
        ("tokens", PIECES),
    ],
)
def test_sizes_are_counted_in_the_unit_asked_for(unit: str, expected: dict[str, int]) -> None:
    made = language_mixture.mixture(PrepareConfig(unit=unit), STATISTICS, PIECES)
    assert made["sizes"] == expected
    assert made["rates"] == sampling.temperature_rates(expected, 0.3)


def test_unimax_by_hand() -> None:
    config = PrepareConfig(method="unimax", max_epochs=1, unit="bytes", token_budget=2000)
    made = language_mixture.mixture(config, STATISTICS, PIECES)
    # Half a pass is 5,000 bytes: English has 1,000 and may be read once, Swahili gets the rest.
    assert made["rates"] == pytest.approx({"en": 0.2, "sw": 0.8})
    assert made["max_epochs"] == 1
    assert "alpha" not in made
    assert made["epochs"] == pytest.approx({"en": 2000 * 0.2 / 3000, "sw": 2000 * 0.8 / 1000})


def test_no_unimax_language_is_read_more_often_than_the_cap_in_its_unit() -> None:
    config = PrepareConfig(method="unimax", max_epochs=3, unit="tokens", token_budget=8000)
    assert max(language_mixture.mixture(config, STATISTICS, PIECES)["epochs"].values()) <= 3 + 1e-9


def test_the_tokenizer_has_an_alpha_of_its_own() -> None:
    config = PrepareConfig(method="unimax", alpha=1, unit="bytes", tokenizer_alpha=0.5)
    assert language_mixture.tokenizer_rates(config, STATISTICS) == pytest.approx(
        {"en": 2 / 3, "sw": 1 / 3}
    )


def write(folder: Path, content: object) -> Path:
    (folder / "statistics.json").write_text(json.dumps(content))
    return folder


def test_statistics_are_read_by_language_in_order_of_codes(tmp_path: Path) -> None:
    write(tmp_path, {"languages": {"sw": counts(2, 20), "en": {"train": counts(1, 5)["train"]}}})
    read = language_mixture.read_statistics(tmp_path)
    assert list(read) == ["en", "sw"]
    assert read["en"]["validation"]["documents"] == 0
    assert language_mixture.sizes(read, "bytes") == {"en": 5, "sw": 20}


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"languages": []},
        {"languages": {"en": {"train": {"documents": 1}}}},
        {"languages": 1},
    ],
)
def test_damaged_statistics_are_named(tmp_path: Path, content: object) -> None:
    with pytest.raises(InputError, match=r"statistics\.json is damaged"):
        language_mixture.read_statistics(write(tmp_path, content))


def test_missing_and_empty_statistics_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"statistics\.json is missing"):
        language_mixture.read_statistics(tmp_path)
    with pytest.raises(InputError, match="no language with training text"):
        language_mixture.read_statistics(write(tmp_path, {"languages": {}}))
