from dataclasses import asdict
from pathlib import Path

import pytest

from langs.errors import InputError
from pipeline.corpus.config import CorpusConfig, preset
from pipeline.run import config

CONFIGS = Path(config.__file__).parents[1] / "configs"
SMALLEST = "input: [a.wet.gz]\noutput: runs/a\n"


@pytest.fixture
def load(tmp_path: Path):
    """Writes YAML to a file and loads it."""

    def write_and_load(text: str, *overrides: str) -> config.RunConfig:
        (tmp_path / "run.yaml").write_text(text, encoding="utf-8")
        return config.load(tmp_path / "run.yaml", overrides)

    return write_and_load


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_configurations_that_ship_can_be_loaded(path: Path) -> None:
    loaded = config.load(path, ["input=[folder/*.xz]"])  # some leave it to the user
    assert (loaded.dense.seed, loaded.dense.steps) == (loaded.switch.seed, loaded.switch.steps)
    assert f"mswitch run pipeline/configs/{path.name}" in path.read_text(encoding="utf-8")


def test_what_is_left_out_has_its_default(load) -> None:
    loaded = load(SMALLEST)
    assert loaded == config.RunConfig(input=["a.wet.gz"], output="runs/a")
    assert loaded.corpus == CorpusConfig()
    assert (loaded.dense.model, loaded.switch.model) == ("t5_tiny", "switch_tiny")


def test_preset_is_the_base_of_the_corpus_settings(load) -> None:
    loaded = load(SMALLEST + "preset: sample\ncorpus: {min_long_lines: 2}\n")
    expected = asdict(preset("sample")) | {"min_long_lines": 2}
    assert asdict(loaded.corpus) == expected


def test_common_settings_hold_for_both_runs_unless_a_run_has_its_own(load) -> None:
    loaded = load(SMALLEST + "pretrain: {steps: 7, seed: 3}\nswitch: {steps: 8, experts: 4}\n")
    assert (loaded.dense.steps, loaded.dense.seed, loaded.dense.experts) == (7, 3, None)
    assert (loaded.switch.steps, loaded.switch.seed, loaded.switch.experts) == (8, 3, 4)


def test_overrides_change_single_settings(load) -> None:
    text = SMALLEST + "pretrain: {steps: 7, seed: 3}\n"
    loaded = load(text, "pretrain.steps=9", "switch.capacity_factor=none", "input=[b, c]")
    assert (loaded.dense.steps, loaded.dense.seed) == (9, 3)
    assert loaded.switch.capacity_factor == "none"
    assert loaded.input == ["b", "c"]


def test_an_empty_section_and_an_interpolation_are_fine(load) -> None:
    loaded = load(SMALLEST + "prepare:\nswitch: {seed: 5}\ndense: {seed: '${switch.seed}'}\n")
    assert loaded.dense.seed == 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("swich: {}", "unknown key swich; did you mean switch?"),
        ("switch: {expert: 8}", "unknown key switch.expert; did you mean switch.experts?"),
        ("pretrain: {qqqq: 8}", "unknown key pretrain.qqqq; use model, experts"),
        ("switch: {experts: many}", "switch.experts: Value 'many' of type 'str' could not"),
        ("corpus: {drop_bad_word_pages: maybe}", "corpus.drop_bad_word_pages: Value 'maybe'"),
        ("corpus: 3", "corpus is 3: it must be a section"),
        ("preset: mc5", "unknown preset 'mc5'"),
        ("dense: {seed: [1]}", "dense.seed"),
        ("dense: {seed: '${nowhere}'}", "nowhere"),
        ("corpus: {languages: en}", "corpus.languages"),
        ("prepare: {alpha: null}", "prepare.alpha"),
    ],
)
def test_mistakes_in_a_file_are_named(load, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load(SMALLEST + text + "\n")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("jobs: -1", "jobs is -1: it must be at least 0"),
        ("corpus: {min_words: -1}", "corpus: min_words is -1"),
        ("prepare: {vocabulary_size: 3}", "prepare: vocabulary_size is 3"),
        ("dense: {batch_size: 0}", "dense: batch_size is 0"),
        ("pretrain: {schedule: linear, start_learning_rate: 0.1}", "dense: start_learning_rate"),
        ("variants: {wide: {steps: 0}}", "variants.wide: steps is 0"),
        ("bitext: {max_length_ratio: 0.5}", "bitext: max_length_ratio is 0.5"),
        ("finetune: {longest: 1}", "finetune: longest is 1"),
    ],
)
def test_values_out_of_range_are_named_before_anything_starts(load, text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        load(SMALLEST + text + "\n")
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("input: [", "is not YAML: "),
        ("a: b: c", "is not YAML: mapping values are not allowed here, line 1"),
        ("input: [a]\ninput: [b]", "is not YAML: found duplicate key input, line 2"),
        ("- a\n- b", "must hold keys and values"),
        ("input: [a]", "does not say output"),
        ("", "does not say input"),
        ("input: 3\noutput: x", "input"),
    ],
)
def test_broken_files_are_named(load, text: str, said: str) -> None:
    with pytest.raises(InputError, match=r"run\.yaml|input") as caught:
        load(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("override", ["steps", "=3", "pretrain.steps=[", "pretrain.stepz=3"])
def test_mistakes_in_overrides_are_named(load, override: str) -> None:
    with pytest.raises(InputError, match=r"key|cannot be read"):
        load(SMALLEST, override)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("translate.beams=0", "translate: beams is 0: it must be at least 1"),
        ("translate.split=train", "translate: split is 'train': use one of test, valid"),
        ("finetune.dropout=1.5", "finetune: dropout is 1.5"),
        ("pretrain.steps=0", "dense: steps is 0: it must be at least 1"),
    ],
)
def test_values_out_of_range_are_told_before_any_work(load, override: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load(SMALLEST, override)


def test_a_binary_file_is_no_yaml(tmp_path: Path) -> None:
    (tmp_path / "run.yaml").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="is not YAML"):
        config.load(tmp_path / "run.yaml")
    with pytest.raises(FileNotFoundError):
        config.load(tmp_path / "nowhere.yaml")


def test_the_merged_file_means_the_same(load) -> None:
    text = SMALLEST + "preset: sample\npretrain: {steps: 7}\nswitch: {fairseq: [--fp16]}\n"
    loaded = load(text, "corpus.min_long_lines=1")
    assert load(config.to_yaml(loaded)) == loaded


def test_variants_are_switch_but_for_the_keys_they_set(load) -> None:
    loaded = load(
        SMALLEST + "pretrain: {steps: 7}\nswitch: {experts: 8, learning_rate: 0.004}\n"
        "variants: {experts-2: {experts: 2}, same: }\n"
    )
    assert list(loaded.variants) == ["experts-2", "same"]
    assert asdict(loaded.variants["experts-2"]) == asdict(loaded.switch) | {"experts": 2}
    assert loaded.variants["same"] == loaded.switch


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("variants: 3\n", "variants is 3"),
        ("variants: {a: 3}\n", "variants.a is 3"),
        (
            "variants: {a: {step: 3}}\n",
            "unknown key variants.a.step; did you mean variants.a.steps",
        ),
        ("variants: {../a: {steps: 3}}\n", "variants.../a: that cannot name a folder"),
        ("variants: {report: {steps: 3}}\n", "variants.report: that cannot name a folder"),
        ("variants: {dense-seed2: {steps: 3}}\n", "that cannot name a folder"),
        ("variants: {logs: {steps: 3}}\n", "variants.logs: that cannot name a folder"),
    ],
)
def test_variants_that_cannot_be_are_told(load, text: str, message: str) -> None:
    with pytest.raises(InputError) as told:
        load(SMALLEST + text)
    assert message in str(told.value)
