from dataclasses import replace

import pytest

from langs.errors import InputError
from models.network.architectures import architecture
from models.network.transformer import Transformer
from models.weights.freezing import freeze

SHAPE = {"vocabulary_size": 30, "experts": 2}


def trained(part: str, **changes: object) -> set[str]:
    model = Transformer(replace(architecture("switch_tiny"), **{**SHAPE, **changes}))
    freeze(model, part)
    return {name for name, parameter in model.named_parameters() if parameter.requires_grad}


EXPERTS = {f"{s}.layers.1.feed_forward.{w}" for s in ("encoder", "decoder") for w in ("wi", "wo")}


def test_parts() -> None:
    every = trained("none")
    assert every - trained("embeddings") == {"embedding.weight"}
    assert every - trained("encoder") == {name for name in every if name.startswith("encoder.")}
    assert every - trained("experts") == trained("all-but-experts") == EXPERTS


def test_experts_of_attention_are_experts_too() -> None:
    more = trained("all-but-experts", attention_experts=True)
    assert {name for name in more - EXPERTS if ".attention." in name} == more - EXPERTS != set()


def test_an_earlier_choice_is_forgotten() -> None:
    model = Transformer(replace(architecture("switch_tiny"), **SHAPE))
    freeze(model, "encoder")
    freeze(model, "none")
    assert all(parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize(
    ("part", "experts", "words"),
    [("experts", 0, "the model is dense"), ("all", 2, "freeze 'all': use one of none, embed")],
)
def test_what_cannot_be_frozen(part: str, experts: int, words: str) -> None:
    with pytest.raises(InputError, match=words):
        trained(part, experts=experts)
