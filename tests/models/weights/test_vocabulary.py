from pathlib import Path

import pytest
import tiny_bitext
import torch

from langs.errors import InputError
from models.tokenizer import folder as tokenizer_folder
from models.weights import checkpoint
from models.weights.vocabulary import check_extends, check_tokenizer, grown

OLD = {
    "embedding.weight": 3 + 0.1 * torch.randn(500, 4, generator=torch.Generator().manual_seed(1)),
    "output.weight": torch.ones(500, 4, dtype=torch.bfloat16),
    "encoder.norm.weight": torch.ones(4),
}


def test_old_rows_stay_and_new_ones_are_like_them() -> None:
    new = grown(OLD, 700, seed=1)
    rows = new["embedding.weight"]
    assert torch.equal(rows[:500], OLD["embedding.weight"])
    torch.testing.assert_close(rows[500:].mean(0), torch.full((4,), 3.0), atol=0.05, rtol=0)
    torch.testing.assert_close(rows[500:].std(0), torch.full((4,), 0.1), atol=0.02, rtol=0)
    assert new["output.weight"].shape == (700, 4)
    assert new["output.weight"].dtype == torch.bfloat16
    assert new["encoder.norm.weight"] is OLD["encoder.norm.weight"]


def test_new_rows_follow_from_the_seed() -> None:
    one, same, other = (grown(OLD, 501, seed)["embedding.weight"] for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_vocabulary_does_not_shrink() -> None:
    assert grown(OLD, 500, 1) == OLD
    with pytest.raises(InputError, match="the model has 500 ids, the data's tokenizer only 499"):
        grown(OLD, 499, 1)


@pytest.fixture
def start(tmp_path: Path) -> Path:
    return tiny_bitext.write_start(tmp_path / "start", "t5_tiny")


def test_tags_behind_all_ids_belong_to_the_checkpoint(start: Path, bitext_folder: Path) -> None:
    check_tokenizer(checkpoint.read(start), start, bitext_folder / "tokenizer")


def test_another_tokenizer_does_not(start: Path, tmp_path: Path) -> None:
    other = tiny_bitext.write_tokenizer(tmp_path / "tokenizer")
    path = other / "dict.txt"
    names = path.read_text().splitlines()
    path.write_text("\n".join([*names[:5], "▁new 0", *names[6:], ""]))
    with pytest.raises(InputError, match=r"do not belong together: id 5 is .* and '▁new' in the"):
        check_tokenizer(checkpoint.read(start), start, other)
    path.write_text("\n".join([*names[:3], *names[-100:], ""]))
    with pytest.raises(InputError, match="do not belong together"):
        check_tokenizer(checkpoint.read(start), start, other)


def test_a_checkpoint_without_a_tokenizer_goes_by_the_number(start: Path, tmp_path: Path) -> None:
    alone = start.rename(tmp_path / "alone.pt")
    folder = tiny_bitext.write_tokenizer(tmp_path / "data" / "tokenizer")
    check_tokenizer(checkpoint.read(alone), alone, folder)
    lines = (folder / "dict.txt").read_text()
    tokenizer_folder.add_tags(folder, ["en"])
    check_tokenizer(checkpoint.read(alone), alone, folder)
    (folder / "dict.txt").write_text(lines.replace("▁the 0\n", ""))
    with pytest.raises(InputError, match=r"has 158 ids and .* 157: checkpoint and tokenizer do"):
        check_tokenizer(checkpoint.read(alone), alone, folder)


def test_names_that_are_missing_at_the_end(bitext_folder: Path) -> None:
    names = tokenizer_folder.read_dictionary(bitext_folder / "tokenizer" / "dict.txt")[0]
    with pytest.raises(InputError, match="id 160 is 'more' in the one and missing in the other"):
        check_extends([*names, "more"], bitext_folder / "tokenizer", "data")
