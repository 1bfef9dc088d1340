import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from families import FAMILIES, SHAPE, VOCABULARY, make, save
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import (
    AutoModelForSeq2SeqLM,
    MT5ForConditionalGeneration,
    PreTrainedModel,
    SwitchTransformersConfig,
    SwitchTransformersForConditionalGeneration,
)

from langs.errors import InputError
from models.generation.search import Rules, greedy
from models.huggingface import model_folder, tensor_files
from models.network.architectures import architecture
from models.network.config import TransformerConfig
from models.network.transformer import Transformer
from models.weights import checkpoint
from models.weights.checkpoint import Checkpoint, load_transformer


def tensors(path: Path) -> dict[str, Tensor]:
    return {name: w for file in path.glob("*.safetensors") for name, w in load_file(file).items()}


def assert_equal(found: dict[str, Tensor], wanted: dict[str, Tensor]) -> None:
    assert found.keys() == wanted.keys()
    for name, weight in wanted.items():
        assert found[name].dtype == weight.dtype
        assert torch.equal(found[name], weight), name


def batch() -> tuple[Tensor, Tensor]:
    """Sources [4, 9] with right padding, decoder inputs [4, 7] that start with pad."""
    source, target = torch.randint(2, VOCABULARY, (4, 9)), torch.randint(2, VOCABULARY, (4, 7))
    source[1, 5:] = source[3, 2:] = 0
    target[:, 0] = 0
    return source, target


def assert_same_logits(ours: Transformer, theirs: PreTrainedModel) -> None:
    source, target = batch()
    with torch.no_grad():
        expected = theirs(
            input_ids=source, attention_mask=(source != 0).long(), decoder_input_ids=target
        ).logits
        found = ours.logits(ours(source, target).hidden)
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shard_size", ["1GB", "6KB"])
@pytest.mark.parametrize("family", FAMILIES)
def test_there_and_back_is_bit_exact(family: str, shard_size: str, tmp_path: Path) -> None:
    save(family, tmp_path / "theirs", max_shard_size=shard_size)
    assert (tmp_path / "theirs" / "model.safetensors").exists() == (shard_size == "1GB")
    checkpoint.write(tmp_path / "c.pt", model_folder.read(tmp_path / "theirs"))
    (tmp_path / "back").mkdir()
    model_folder.write(tmp_path / "back", checkpoint.read(tmp_path / "c.pt"))
    assert_equal(tensors(tmp_path / "back"), tensors(tmp_path / "theirs"))


@pytest.mark.parametrize("family", FAMILIES)
def test_an_imported_model_has_their_logits(family: str, tmp_path: Path) -> None:
    theirs = save(family, tmp_path)
    checkpoint.write(tmp_path / "c.pt", model_folder.read(tmp_path))
    assert_same_logits(load_transformer(tmp_path / "c.pt"), theirs)


DENSE = replace(architecture("t5_tiny"), vocabulary_size=VOCABULARY, decoder_layers=3, dropout=0.1)
SWITCH = replace(
    architecture("switch_tiny"), vocabulary_size=VOCABULARY, experts=4, eval_capacity_factor=None
)
OURS = {
    "tied": ("t5_tiny", DENSE),
    "unscaled": ("t5_tiny", replace(DENSE, unscaled_output=True)),
    "gated": ("t5_base", replace(DENSE, gated=True)),
    "separate": ("mt5_small", replace(DENSE, gated=True, separate_output=True)),
    "buckets": ("t5_tiny", replace(DENSE, position_buckets=8, position_max_distance=20)),
    "switch": ("switch_tiny", SWITCH),
    "switch unscaled": ("switch_tiny", replace(SWITCH, unscaled_output=True)),
    "switch separate": ("switch_tiny", replace(SWITCH, separate_output=True)),
    "switch everywhere": ("switch_tiny", replace(SWITCH, sparse_every=1)),
    "from the second layer": (
        "switch_tiny",
        replace(SWITCH, sparse_every=4, sparse_first=2, encoder_layers=8, decoder_layers=8),
    ),
    "three layers": ("switch_tiny", replace(SWITCH, encoder_layers=3, decoder_layers=5)),
}


@pytest.mark.parametrize("kind", OURS)
def test_transformers_loads_an_export(kind: str, tmp_path: Path) -> None:
    name, config = OURS[kind]
    ours = Transformer(config).eval()
    model_folder.write(tmp_path, Checkpoint(name, config, ours.state_dict()))
    theirs, report = AutoModelForSeq2SeqLM.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(report.values())
    assert isinstance(theirs, MT5ForConditionalGeneration) == (kind == "separate")
    assert theirs.dtype == torch.float32
    assert_same_logits(ours, theirs)


@pytest.mark.parametrize("kind", OURS)
def test_an_export_comes_back(kind: str, tmp_path: Path) -> None:
    name, config = OURS[kind]
    ours = Transformer(config)
    model_folder.write(tmp_path, Checkpoint(name, config, ours.state_dict()))
    back = model_folder.read(tmp_path)
    wanted = ours.state_dict()
    if config.unscaled_output:  # in theirs such an output is a matrix of its own
        wanted["output.weight"] = wanted["embedding.weight"]
        config = replace(config, unscaled_output=False, separate_output=True)
    assert_equal(back.weights, wanted)
    assert back.config == config


def greedy_by_transformers(theirs: PreTrainedModel, source: Tensor, tokens: int) -> Tensor:
    """Without the start token, padded behind eos."""
    mask = (source != 0).long()
    return theirs.generate(
        input_ids=source,
        attention_mask=mask,
        num_beams=1,
        do_sample=False,
        max_new_tokens=tokens,
        decoder_start_token_id=0,
    )[:, 1:]


@pytest.mark.parametrize("kind", OURS)
def test_an_export_writes_what_ours_writes(kind: str, tmp_path: Path) -> None:
    name, config = OURS[kind]
    ours = Transformer(replace(config, init_scale=1.0)).eval()
    model_folder.write(tmp_path, Checkpoint(name, config, ours.state_dict()))
    theirs = AutoModelForSeq2SeqLM.from_pretrained(tmp_path)
    source = batch()[0]
    found = greedy(ours, source, Rules(eos=1, max_length=20))
    assert torch.equal(found, greedy_by_transformers(theirs, source, 20))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_low_precision_stays_as_it_is(dtype: torch.dtype, tmp_path: Path) -> None:
    make("mt5").to(dtype).save_pretrained(tmp_path / "theirs")
    (tmp_path / "back").mkdir()
    model_folder.write(tmp_path / "back", model_folder.read(tmp_path / "theirs"))
    assert_equal(tensors(tmp_path / "back"), tensors(tmp_path / "theirs"))
    model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "back")
    assert model.shared.weight.dtype == dtype


def test_files_of_older_releases(tmp_path: Path) -> None:
    """pytorch_model.bin, with the embedding under all its names and a table that nobody reads."""
    theirs = save("t5", tmp_path)
    wanted = model_folder.read(tmp_path)
    unused = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"
    torch.save({**theirs.state_dict(), unused: torch.ones(32, 3)}, tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").unlink()
    assert "encoder.embed_tokens.weight" in theirs.state_dict()
    old = model_folder.read(tmp_path)
    assert old.config == wanted.config
    assert_equal(old.weights, wanted.weights)


def test_several_files_of_older_releases(tmp_path: Path) -> None:
    save("mt5", tmp_path)
    wanted = model_folder.read(tmp_path)
    held = load_file(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").unlink()
    places = {name: f"pytorch_model-{'lm_head' in name}.bin" for name in held}
    for file in set(places.values()):
        torch.save({n: w for n, w in held.items() if places[n] == file}, tmp_path / file)
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": places}))
    assert_equal(model_folder.read(tmp_path).weights, wanted.weights)


NAMES = ["shared.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]


@pytest.mark.parametrize("saved", [*([name] for name in [*NAMES, "lm_head.weight"]), NAMES[1:]])
@pytest.mark.parametrize("family", ["t5", "mt5", "switch"])
def test_the_embedding_under_any_of_its_names(
    family: str, saved: list[str], tmp_path: Path
) -> None:
    """One of several tied names is saved, as in MADLAD-400 (decoder.embed_tokens and lm_head)."""
    save(family, tmp_path)
    if family == "mt5" and saved == ["lm_head.weight"]:
        pytest.skip("mT5's own output, which is no embedding")
    wanted = model_folder.read(tmp_path)
    held = load_file(tmp_path / "model.safetensors")
    embedding = held.pop("shared.weight")
    save_file(held | {name: embedding.clone() for name in saved}, tmp_path / "model.safetensors")
    renamed = model_folder.read(tmp_path)
    assert renamed.config == wanted.config
    assert_equal(renamed.weights, wanted.weights)


def test_tied_names_that_differ_are_refused(tmp_path: Path) -> None:
    save("t5", tmp_path)
    held = load_file(tmp_path / "model.safetensors")
    other = {"decoder.embed_tokens.weight": held["shared.weight"] + 1}
    save_file(held | other, tmp_path / "model.safetensors")
    with pytest.raises(InputError, match=r"decoder\.embed_tokens\.weight is not shared\.weight"):
        model_folder.read(tmp_path)


@pytest.mark.parametrize(("layers", "sparse"), [(12, 3), (4, 1), (5, 2), (6, 6), (3, 3)])
def test_switch_layers_of_any_step(layers: int, sparse: int, tmp_path: Path) -> None:
    """transformers' default is 3 of 12 layers: the 2nd, 6th and 10th."""
    counts = {"num_sparse_encoder_layers": sparse, "num_sparse_decoder_layers": sparse}
    shape = SHAPE | {"num_layers": layers, "num_decoder_layers": layers}
    config = SwitchTransformersConfig(**shape, num_experts=3, **counts, expert_capacity=1000)
    theirs = SwitchTransformersForConditionalGeneration(config).eval()
    for weight in theirs.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    theirs.save_pretrained(tmp_path)
    checkpoint.write(tmp_path / "c.pt", model_folder.read(tmp_path))
    assert_same_logits(load_transformer(tmp_path / "c.pt"), theirs)


def test_settings_of_older_releases(tmp_path: Path) -> None:
    """v1.1 of 2021: no scale because tie_word_embeddings is false; no sparse steps in Switch."""
    save("t5_v1_1", tmp_path / "t5")
    change(tmp_path / "t5", scale_decoder_outputs=None, tie_word_embeddings=False)
    assert model_folder.read(tmp_path / "t5").config.separate_output
    save("switch", tmp_path / "switch")
    change(tmp_path / "switch", encoder_sparse_step=None, decoder_sparse_step=None)
    assert model_folder.read(tmp_path / "switch").config.sparse_every == 2


def change(place: Path, **settings: object) -> None:
    """Set keys of config.json; None takes one away."""
    config = json.loads((place / "config.json").read_text()) | settings
    kept = {name: value for name, value in config.items() if value is not None}
    (place / "config.json").write_text(json.dumps(kept))


@pytest.mark.parametrize(
    ("family", "settings", "said"),
    [
        ("t5", {"model_type": "umt5"}, "model_type is 'umt5': only t5, mt5, switch_transformers"),
        ("t5", {"model_type": None}, "model_type is None"),
        ("t5", {"layer_norm_epsilon": 1e-5}, "another epsilon"),
        ("t5", {"is_encoder_decoder": False}, "an encoder or decoder alone"),
        ("t5", {"pad_token_id": 3}, "another padding token"),
        ("t5", {"decoder_start_token_id": 2}, "another first token"),
        ("t5", {"feed_forward_proj": "gated-silu"}, "'gated-silu' is not supported"),
        ("t5", {"dense_act_fn": "gelu"}, "'gelu' is not supported"),
        ("switch", {"dense_act_fn": "gelu_new"}, "'gelu_new' is not supported"),
        ("switch", {"router_bias": True}, "a bias in the router"),
        ("switch", {"router_dtype": "bfloat16"}, "a router in low precision"),
        ("switch", {"decoder_sparse_step": 1}, "steps of 3 in the encoder and 1 in the decoder"),
        ("switch", {"tie_word_embeddings": False}, "there is no lm_head.weight"),
        ("t5", {"d_model": 10**12}, "d_model is 1000000000000"),
        ("t5", {"d_model": 2**31 - 1}, "weights are not those of its own settings"),
        ("t5", {"num_layers": 10**9}, "num_layers is 1000000000, more than there are tensors"),
        ("switch", {"num_experts": 10**9}, "num_experts is 1000000000, more than"),
        ("t5", {"num_heads": "3"}, "num_heads is '3': it must be a whole number"),
        ("t5", {"dropout_rate": 7}, "dropout_rate is 7"),
        ("t5", {"d_ff": None}, "d_ff is missing"),
        ("t5", {"vocab_size": 49}, "weights are not those of its own settings"),
        ("t5", {"num_layers": 1}, "has no place in this model"),
        ("t5", {"num_layers": 4}, "is missing; the folder is not complete"),
        ("mt5", {"model_type": "t5", "tie_word_embeddings": True}, "lm_head.weight is not shared"),
    ],
)
def test_what_ours_cannot_hold_is_refused(
    family: str, settings: dict[str, object], said: str, tmp_path: Path
) -> None:
    save(family, tmp_path)
    change(tmp_path, **settings)
    with pytest.raises(InputError, match=said) as caught:
        model_folder.read(tmp_path)
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize(
    ("generation", "config", "lengths"),
    [
        ({"decoder_start_token_id": 0, "max_length": 200}, {}, (199, 0)),  # start token counted
        ({"max_new_tokens": 64, "max_length": 200, "min_length": 5}, {}, (64, 4)),
        ({"eos_token_id": [1], "min_new_tokens": 3}, {"max_length": 20}, (0, 3)),
        (None, {"max_length": 20}, (19, 0)),
        ({}, {}, (0, 0)),
    ],
)
def test_lengths_of_generation(
    generation: dict | None, config: dict, lengths: tuple[int, int], tmp_path: Path
) -> None:
    save("t5", tmp_path)
    change(tmp_path, **config)
    (tmp_path / "generation_config.json").unlink()
    if generation is not None:
        (tmp_path / "generation_config.json").write_text(json.dumps(generation))
    assert model_folder.lengths(tmp_path) == lengths


@pytest.mark.parametrize(
    ("generation", "said"),
    [
        ({"decoder_start_token_id": 2}, "another first token of the decoder"),
        ({"eos_token_id": [1, 5]}, "another end-of-sentence token"),
        ({"pad_token_id": 1}, "another padding token"),
        ({"forced_bos_token_id": 30}, "a forced first token"),
        ({"max_length": "long"}, "max_length is 'long'"),
        ({"min_new_tokens": -1}, "min_new_tokens is -1"),
    ],
)
def test_generation_that_ours_cannot_do_is_refused(
    generation: dict, said: str, tmp_path: Path
) -> None:
    save("t5", tmp_path)
    (tmp_path / "generation_config.json").write_text(json.dumps(generation))
    with pytest.raises(InputError, match=f"generation_config.json: .*{said}"):
        model_folder.lengths(tmp_path)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (replace(SWITCH, gated=True), "gated experts"),
        (replace(SWITCH, sparse_every=3, encoder_layers=6), "sparse_every=3 with 6 encoder layers"),
        (replace(SWITCH, top_k=2), "top_k=2: only 1"),
        (replace(SWITCH, attention_experts=True), "attention_experts=True: only False"),
        (replace(SWITCH, expert_widths=(8, 16, 24, 32)), r"expert_widths=\(8, 16, 24, 32\)"),
        (replace(SWITCH, low_precision_router=True), "low_precision_router=True"),
    ],
)
def test_what_theirs_cannot_hold_is_refused(
    config: TransformerConfig, said: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        model_folder.write(tmp_path, Checkpoint("mine", config, {}))
    assert "\n" not in str(caught.value)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def long_header(path: Path) -> None:
    path.write_bytes((2**62).to_bytes(8, "little") + path.read_bytes()[8:])


def without_a_tensor(path: Path) -> None:
    held = load_file(path)
    held.pop(next(name for name in held if name.endswith("wo.weight")))
    save_file(held, path)


def with_whole_numbers(path: Path) -> None:
    held = load_file(path)
    save_file({**held, "shared.weight": held["shared.weight"].to(torch.int8)}, path)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (cut, "is damaged"),
        (long_header, "is damaged"),
        (Path.unlink, r"has no model\.safetensors or pytorch_model\.bin"),
        (without_a_tensor, r"wo\.weight is missing"),
        (with_whole_numbers, r"shared\.weight holds torch\.int8"),
    ],
)
def test_damaged_weights_are_one_line(harm: object, said: str, tmp_path: Path) -> None:
    save("t5", tmp_path)
    harm(tmp_path / "model.safetensors")  # type: ignore[operator]
    with pytest.raises(InputError, match=said) as caught:
        model_folder.read(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "must hold an object"),
        ("{}", "has no weight_map"),
        ('{"weight_map": {"a": "../secret.safetensors"}}', "no file of its folder"),
        ('{"weight_map": {"a": "/etc/passwd"}}', "no file of its folder"),
        ('{"weight_map": {"a": ".."}}', "no file of its folder"),
        ('{"weight_map": {"a": 3}}', "no file of its folder"),
        ('{"weight_map": {"a": "elsewhere.safetensors"}}', "is missing, though"),
    ],
)
def test_hostile_indexes(text: str, said: str, tmp_path: Path) -> None:
    save("t5", tmp_path)
    (tmp_path / "model.safetensors").rename(tmp_path.parent / "secret.safetensors")
    (tmp_path / "model.safetensors.index.json").write_text(text)
    with pytest.raises(InputError, match=said):
        model_folder.read(tmp_path)


def test_a_pickle_with_more_than_tensors_is_refused(tmp_path: Path) -> None:
    save("t5", tmp_path)
    (tmp_path / "model.safetensors").unlink()
    torch.save({"shared.weight": 3}, tmp_path / "pytorch_model.bin")
    with pytest.raises(InputError, match="does not hold tensors by name"):
        model_folder.read(tmp_path)


def test_a_folder_without_config_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        model_folder.read(tmp_path)


def test_shards_hold_no_more_than_they_may(tmp_path: Path) -> None:
    weights = {f"w{i}": torch.full((n,), float(i)) for i, n in enumerate([3, 30, 5, 5, 5])}
    tensor_files.write_tensors(tmp_path, weights.items(), shard_bytes=40)
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == 4 * 48
    assert list(index["weight_map"].values()) == [
        f"model-{n:05d}-of-00004.safetensors" for n in (1, 2, 3, 3, 4)
    ]
    assert_equal(dict(tensor_files.Tensors(tmp_path)), weights)
