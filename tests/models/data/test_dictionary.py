from pathlib import Path

import pytest
import tiny_data

from langs.errors import InputError
from models.data.dictionary import SentinelDictionary, text_bytes
from models.tokenizer import folder


def test_ids_are_the_lines(prepared_folder: Path) -> None:
    dictionary = SentinelDictionary.read(prepared_folder / "tokenizer" / "dict.txt")
    assert len(dictionary) == tiny_data.VOCABULARY
    assert [dictionary.pad(), dictionary.eos(), dictionary.unk(), dictionary.bos()] == [0, 1, 2, 0]
    assert dictionary.index("▁w0") == tiny_data.FIRST_WORD
    assert dictionary.index("no such piece") == dictionary.unk()
    assert dictionary[dictionary.first_sentinel] == "<extra_id_0>"
    assert dictionary[dictionary.first_sentinel - 99] == "<extra_id_99>"


@pytest.mark.parametrize(
    ("piece", "size"),
    [("▁the", 4), ("é", 2), ("▁", 1), ("<0xE2>", 1), ("ไทย", 9), ("<0xE>", 5), ("▁▁a", 3)],
)
def test_text_bytes_by_hand(piece: str, size: int) -> None:
    assert text_bytes(piece) == size


def test_specials_and_sentinels_stand_for_no_text(prepared_folder: Path) -> None:
    dictionary = SentinelDictionary.read(prepared_folder / "tokenizer" / "dict.txt")
    sizes = dictionary.piece_bytes().tolist()
    words = [len(f" w{i}") for i in range(50)]
    assert sizes == [0, 0, 0, 1, 1, *words, *[0] * 100]


def test_pieces_may_hold_spaces_and_line_separators(tmp_path: Path) -> None:
    odd = ["a b", "\u2028", "\x85", "\x0b", "#"]
    path = tiny_data.write_dictionary(
        tmp_path / "dict.txt", [*tiny_data.PIECES, *odd, *tiny_data.SENTINELS]
    )
    dictionary = SentinelDictionary.read(path)
    assert [dictionary.index(piece) for piece in odd] == list(range(55, 60))


def test_rows_beyond_the_tokenizer_come_last(tmp_path: Path) -> None:
    rows = [f"madeupword{i:04d}" for i in range(5)]
    path = tiny_data.write_dictionary(
        tmp_path / "dict.txt", [*tiny_data.PIECES, *tiny_data.SENTINELS, *rows]
    )
    dictionary = SentinelDictionary.read(path)
    assert len(dictionary) == tiny_data.VOCABULARY + 5
    assert dictionary[dictionary.first_sentinel] == "<extra_id_0>"
    assert dictionary.first_sentinel == tiny_data.VOCABULARY - 1
    assert dictionary.piece_bytes()[-105:].tolist() == [0] * 105
    assert dictionary.piece_bytes()[-106] > 0


GOOD = [f"{piece} 7" for piece in [*tiny_data.PIECES, *tiny_data.SENTINELS]]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        GOOD[:-1],  # a sentinel is missing
        GOOD[1:],  # pad is missing
        [GOOD[1], GOOD[0], *GOOD[2:]],  # pad and eos exchanged
        GOOD[:-100] + GOOD[:-101:-1],  # sentinels in the wrong order
        [*GOOD[:10], "nocount", *GOOD[10:]],
        [*GOOD[:10], "piece many", *GOOD[10:]],
        [*GOOD[:10], GOOD[9], *GOOD[10:]],  # a piece twice
        ["madeupword0000 0", *GOOD],  # a row without a piece in front
        [*GOOD[:10], "madeupword0000 0", *GOOD[10:]],
    ],
)
def test_broken_dictionaries(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "dict.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match=r"dict\.txt") as caught:
        SentinelDictionary.read(path)
    assert "\n" not in str(caught.value)


def test_missing_dictionary(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mswitch prepare"):
        SentinelDictionary.read(tmp_path / "dict.txt")


def test_binary_rubbish(tmp_path: Path) -> None:
    (tmp_path / "dict.txt").write_bytes(b"\xff\xfe\x00\x01 1\n" * 10)
    with pytest.raises(InputError, match="not a dictionary"):
        SentinelDictionary.read(tmp_path / "dict.txt")


def test_tags_come_behind_all_other_rows(tmp_path: Path) -> None:
    rows = [*tiny_data.PIECES, *tiny_data.SENTINELS, "madeupword0000"]
    path = tiny_data.write_dictionary(tmp_path / "dict.txt", rows)
    folder.add_tags(tmp_path, ["sw", "hi-Latn", "sw"])
    folder.add_tags(tmp_path, ["fr", "sw"])
    dictionary = SentinelDictionary.read(path)
    assert dictionary.symbols == [*rows, "<2hi-Latn>", "<2sw>", "<2fr>"]
    assert dictionary.piece_bytes()[-4:].tolist() == [0] * 4
