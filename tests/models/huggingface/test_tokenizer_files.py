import io
import json
import unicodedata
from pathlib import Path

import pytest
import sentencepiece
from transformers import AutoTokenizer, PreTrainedTokenizerBase, T5Tokenizer

from langs.errors import InputError
from models.huggingface import tokenizer_files
from models.tokenizer import folder as tokenizer_folder
from models.tokenizer import sentencepiece_file as spm
from models.tokenizer.new_pieces import add_pieces
from models.tokenizer.text_tokenizer import Tokenizer

PIECES = 420
IDS = PIECES + 100
TEXTS = [
    "All human beings are born free and equal in dignity and rights.",
    "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق.",
    "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân phẩm.",
    "  two  spaces,\ta tab and\na line ",
    "１２３ ﬁ ½ … “quotes” and 🙂 what no piece has: 𝔘𝔫 ሰላም",
    "",
]


def train(model_type: str = "unigram", pieces: int = PIECES, **options: object) -> bytes:
    model = io.BytesIO()
    ids = {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS[:7] * 3),
        model_writer=model,
        model_type=model_type,
        vocab_size=pieces,
        normalization_rule_name="nmt_nfkc",
        minloglevel=2,
        **{"byte_fallback": True, **ids, **options},
    )
    return model.getvalue()


@pytest.fixture(scope="module")
def model() -> bytes:
    return train()


def ids_by(model: bytes, text: str) -> list[int]:
    return [*sentencepiece.SentencePieceProcessor(model_proto=model).encode(text), 1]


def exported(folder: Path, model: bytes, rows: int = 0) -> PreTrainedTokenizerBase:
    """What AutoTokenizer makes of our tokenizer's export beside a T5's config.json."""
    (folder / "ours").mkdir()
    tokenizer_folder.write(folder / "ours", model, rows=rows)
    tokenizer_files.write_theirs(folder, folder / "ours")
    (folder / "config.json").write_text('{"model_type": "t5"}')
    return AutoTokenizer.from_pretrained(folder)


def test_transformers_gives_our_ids(tmp_path: Path, model: bytes) -> None:
    theirs = exported(tmp_path, model, rows=600)
    for text in TEXTS:
        for form in ("NFC", "NFD"):
            changed = unicodedata.normalize(form, text)
            assert theirs(changed)["input_ids"] == ids_by(model, changed), changed
    assert len(theirs) == IDS
    assert (theirs.pad_token_id, theirs.eos_token_id, theirs.unk_token_id) == (0, 1, 2)
    assert theirs.convert_tokens_to_ids(["<extra_id_0>", "<extra_id_99>"]) == [IDS - 1, PIECES]
    assert theirs("human <extra_id_0> rights")["input_ids"].count(IDS - 1) == 1
    text = TEXTS[8].split("“")[0].strip() + " 🙂"
    read = theirs.decode(theirs(text)["input_ids"], skip_special_tokens=True)
    assert read == unicodedata.normalize("NFKC", text)


def test_spiece_model_is_carried_over_as_it_is(tmp_path: Path, model: bytes) -> None:
    exported(tmp_path, model)
    assert (tmp_path / "spiece.model").read_bytes() == model
    assert tokenizer_files.find(tmp_path) == tmp_path / "spiece.model"
    assert tokenizer_files.read(tmp_path / "spiece.model") == model


def test_tokenizer_json_alone_will_do(tmp_path: Path, model: bytes) -> None:
    exported(tmp_path, model)
    (tmp_path / "spiece.model").unlink()
    made = tokenizer_files.read(tokenizer_files.find(tmp_path) or Path())
    for text in TEXTS:
        assert ids_by(made, text) == ids_by(model, text)


def test_what_transformers_5_saves_is_read(tmp_path: Path) -> None:
    model = train(pieces=150, byte_fallback=False)
    vocabulary = [(piece.piece, piece.score) for piece in spm.parse(model).pieces]
    sentinels = [(name, 0.0) for name in tokenizer_folder.sentinel_names()]
    table = spm.parse(model).normalizer_spec.precompiled_charsmap
    theirs = T5Tokenizer(vocab=vocabulary + sentinels, _spm_precompiled_charsmap=table)
    theirs.save_pretrained(tmp_path)
    assert tokenizer_files.find(tmp_path) == tmp_path / "tokenizer.json"
    made = tokenizer_files.read(tmp_path / "tokenizer.json")
    for text in TEXTS[:8]:
        assert ids_by(made, text) == theirs(text)["input_ids"]


def lines(path: Path) -> list[str]:
    return [line.rsplit(" ", 1)[0] for line in path.read_text(encoding="utf-8").splitlines()]


def test_our_folder_names_every_row(tmp_path: Path, model: bytes) -> None:
    tokenizer_files.write_ours(tmp_path, model, rows=IDS + 5)
    names = lines(tmp_path / "dict.txt")
    assert (tmp_path / "spm.model").read_bytes() == model
    assert (len(names), names[:3]) == (IDS + 5, ["<pad>", "</s>", "<unk>"])
    assert names[PIECES - 1 : PIECES + 1] == [lines_of_pieces(model)[-1], "<extra_id_99>"]
    assert names[IDS - 1 :] == ["<extra_id_0>", *(f"madeupword000{i}" for i in range(5))]


def lines_of_pieces(model: bytes) -> list[str]:
    return [piece.piece for piece in spm.parse(model).pieces]


def test_sentinels_among_the_pieces_as_in_mt5(tmp_path: Path, model: bytes) -> None:
    changed = spm.parse(model)
    for name in tokenizer_folder.sentinel_names():
        changed.pieces.add(piece=f"▁{name}", score=-30.0)
    theirs = exported(tmp_path, changed.SerializeToString())
    assert lines(tmp_path / "ours" / "dict.txt")[-1] == "<extra_id_0>"
    assert len(lines(tmp_path / "ours" / "dict.txt")) == len(theirs) == IDS
    assert theirs.convert_tokens_to_ids("<extra_id_0>") == IDS - 1
    assert theirs(TEXTS[1])["input_ids"] == ids_by(model, TEXTS[1])


@pytest.mark.parametrize("pieces", [[], [("ሰላ", -5.0), ("▁ም", -6.0)]], ids=["tags", "pieces"])
def test_tags_and_later_pieces_there_and_back(
    tmp_path: Path, model: bytes, pieces: list[tuple[str, float]]
) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    tokenizer_folder.write(ours, model, rows=IDS + 2)
    tokenizer_folder.add_tags(ours, ["fr", "am"])
    add_pieces(ours, pieces)
    tokenizer_folder.add_tags(ours, ["ka"])
    read = Tokenizer.read(ours)
    rows = len(read.names)
    tokenizer_files.write_theirs(tmp_path, ours)
    (tmp_path / "config.json").write_text('{"model_type": "t5"}')
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    assert len(theirs) == rows
    for text in [*TEXTS, "ሰላም ም"]:
        for start in ("<2fr> ", "<2ka>"):
            wanted = [read.tag(start[2:4]), *read.encode(text), 1]
            assert theirs(start + text)["input_ids"] == wanted, text
    ids = [read.tag("am"), *read.encode("human ሰላም"), 1]
    assert theirs.decode(ids, skip_special_tokens=True) == "human ሰላም"
    for name in ("spiece.model", "tokenizer.json"):
        made = tokenizer_files.read(tmp_path / name)
        folder = tmp_path / f"back-{name}"
        folder.mkdir()
        tokenizer_files.write_ours(folder, made, rows)
        again = Tokenizer.read(folder)
        assert (again.names, again.tags) == (read.names, read.tags)
        for text in [*TEXTS, "ሰላም ም <2fr>"]:
            assert again.encode(text) == read.encode(text)


def write_t5(folder: Path, model: bytes, added: list[str]) -> PreTrainedTokenizerBase:
    """spiece.model, and the files of a T5 tokenizer of transformers to which tokens were added."""
    vocabulary = [(piece.piece, piece.score) for piece in spm.parse(model).pieces]
    sentinels = [(name, 0.0) for name in tokenizer_folder.sentinel_names()]
    table = spm.parse(model).normalizer_spec.precompiled_charsmap
    theirs = T5Tokenizer(vocab=vocabulary + sentinels, _spm_precompiled_charsmap=table)
    theirs.add_tokens(added)
    theirs.save_pretrained(folder)
    (folder / "spiece.model").write_bytes(model)
    return theirs


@pytest.mark.parametrize("without", ["tokenizer_config.json", "spiece.model"])
def test_added_tokens_keep_their_ids(tmp_path: Path, without: str) -> None:
    model = train(pieces=150, byte_fallback=False)
    theirs = write_t5(tmp_path, model, ["<sep>", "[unused]", "Würde"])
    (tmp_path / without).unlink()
    (tmp_path / "ours").mkdir()
    content = tokenizer_files.read(tokenizer_files.find(tmp_path) or Path())
    tokenizer_files.write_ours(tmp_path / "ours", content, rows=len(theirs) + 3)
    ours = Tokenizer.read(tmp_path / "ours")
    assert ours.names[250:253] == ["<sep>", "[unused]", "Würde"]
    ids = ours.encode("human <sep> rights [unused] free")
    assert [i for i in ids if i >= 250] == [250, 251]
    assert ours.decode([251, 252]) == "[unused]Würde"
    assert ours.encode(TEXTS[0]) == theirs(TEXTS[0])["input_ids"][:-1]
    (tmp_path / "back").mkdir()
    tokenizer_files.write_theirs(tmp_path / "back", tmp_path / "ours")
    (tmp_path / "back" / "config.json").write_text('{"model_type": "t5"}')
    again = AutoTokenizer.from_pretrained(tmp_path / "back")
    assert again.convert_tokens_to_ids(["<sep>", "[unused]", "Würde"]) == [250, 251, 252]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("added_tokens.json", {"<new>": IDS + 2, "</s>": 1}),
        (
            "tokenizer_config.json",
            {
                "added_tokens_decoder": {
                    "1": {"content": "</s>", "special": True},
                    str(IDS + 2): {"content": "<new>", "lstrip": False},
                },
                "additional_special_tokens": ["<new>", {"content": "<extra_id_7>"}],
            },
        ),
    ],
)
def test_a_gap_before_an_added_token_stays(
    tmp_path: Path, model: bytes, name: str, content: dict
) -> None:
    (tmp_path / "spiece.model").write_bytes(model)
    (tmp_path / name).write_text(json.dumps(content))
    names = lines_of_pieces(tokenizer_files.read(tmp_path / "spiece.model"))
    assert names[-1] == "<new>"
    assert len(names) == IDS + 3
    assert all(tokenizer_folder.is_filler(name) for name in names[IDS : IDS + 2])


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ({"<new>": PIECES}, r"added token '<new>' has id 420, which is '<extra_id_99>'"),
        ({"<extra_id_0>": IDS}, r"added token '<extra_id_0>' has two ids"),
        ({"two words": IDS}, r"added token 'two words' \(id 520\) cannot be a piece"),
        ({"\n": IDS}, r"added token '\\n' \(id 520\) cannot be a piece"),
        ({"<new>": -1}, r"'<new>' has id -1"),
        ({"added_tokens_decoder": {"520": {}}}, "its added tokens do not parse"),
        ({"added_tokens_decoder": {"520": "a"}, "added_tokens": [{"id": 520, "content": "b"}]},
         "id 520 is 'a' and 'b'"),
        ({"additional_special_tokens": ["<lost>"]}, "special token '<lost>' has no id"),
    ],
)  # fmt: skip
def test_added_tokens_without_their_ids_are_refused(
    tmp_path: Path, model: bytes, added: dict, said: str
) -> None:
    (tmp_path / "spiece.model").write_bytes(model)
    flat = all(isinstance(value, int) for value in added.values())
    name = "added_tokens.json" if flat else "tokenizer_config.json"
    (tmp_path / name).write_text(json.dumps(added))
    with pytest.raises(InputError, match=said) as caught:
        tokenizer_files.read(tmp_path / "spiece.model")
    assert "\n" not in str(caught.value)


def test_fewer_rows_than_ids_are_refused(tmp_path: Path, model: bytes) -> None:
    with pytest.raises(InputError, match="embedding 519 rows"):
        tokenizer_files.write_ours(tmp_path, model, rows=IDS - 1)


def test_folders_without_a_tokenizer(tmp_path: Path) -> None:
    assert tokenizer_files.find(tmp_path) is None


def test_other_tokenizers_are_refused(tmp_path: Path, model: bytes) -> None:
    path = tmp_path / "spiece.model"
    for content, said in [
        (b"rubbish", "no SentencePiece model"),
        (b"", "its first ids are none"),
        (train("bpe"), "no unigram model"),
        (train(pad_id=3, eos_id=1, unk_id=0), "its first ids are"),
    ]:
        path.write_bytes(content)
        with pytest.raises(InputError, match=said) as caught:
            tokenizer_files.read(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fast", "said"),
    [
        ({}, "no unigram model"),
        ({"model": {"type": "BPE"}}, "no unigram model"),
        ({"model": {"type": "Unigram"}}, "does not parse"),
        ({"model": {"type": "Unigram", "vocab": [["a"]]}}, "does not parse"),
        ({"model": {"type": "Unigram", "vocab": [["a", 1.0]]}}, "its first ids are a"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, fast: dict, said: str) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps(fast))
    with pytest.raises(InputError, match=said):
        tokenizer_files.read(tmp_path / "tokenizer.json")
