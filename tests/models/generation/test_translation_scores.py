"""Held against the `sacrebleu` command on the same files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sacrebleu.metrics import BLEU, CHRF

from langs.errors import InputError
from models.generation import translation_scores
from models.generation.translation_scores import Scorer, chrf_plus_plus, tokenizer

# References, and what a system made of them: (right, wrong words, wrong order, nothing).
TEXTS = {
    "en": (
        ["All human beings are born free.", "It's 3.5% (at most), isn't it?", "No.", "Rain falls."],
        ["All humans are born free .", "isn't it, at most 3.5%?", "No.", ""],
    ),
    "ar": (
        ["يولد جميع الناس أحرارا.", "هل هذا صحيح، أم لا؟", "نعم.", "ينزل المطر"],
        ["يولد كل الناس أحرارا.", "أم لا، هل هذا صحيح؟", "نعم.", ""],
    ),
    "zh": (
        ["人人生而自由,在尊严和权利上一律平等。", "这是 iPhone 15 吗?", "是的。", "下雨了"],
        ["人人生来自由,尊严权利平等。", "iPhone 15 这是吗?", "是的。", ""],
    ),
    "ja": (
        ["すべての人間は、生まれながらにして自由である。", "これは本ですか?", "はい。", "雨が降る"],
        ["人間はみな、生まれながら自由だ。", "本ですか、これは?", "はい。", ""],
    ),
    "th": (
        ["มนุษย์ทั้งหลายเกิดมามีอิสระ", "นี่คือหนังสือใช่ไหม", "ใช่", "ฝนตก"],
        ["มนุษย์ทุกคนเกิดมาอิสระ", "ใช่ไหมนี่คือหนังสือ", "ใช่", ""],
    ),
    "ko": (
        ["모든 인간은 태어날 때부터 자유롭다.", "이것은 책입니까?", "네.", "비가 온다"],
        ["모든 사람은 태어나면서 자유롭다.", "책입니까, 이것은?", "네.", ""],
    ),
}


def command(folder: Path, language: str, *options: str) -> dict[str, dict[str, Any]]:
    """What the sacrebleu command prints of the files, by sacreBLEU's names of the scores."""
    references, hypotheses = TEXTS[language]
    for name, lines in (("references", references), ("hypotheses", hypotheses)):
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    files = [str(folder / "references"), "-i", str(folder / "hypotheses")]
    run = [sys.executable, "-m", "sacrebleu", *files, "-f", "json", "-w", "9", "-q", *options]
    printed = json.loads(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
    every = printed if isinstance(printed, list) else [printed]
    return {one["name"]: one for one in every}


def ours(language: str) -> tuple[dict[str, Any], dict[str, str]]:
    references, hypotheses = TEXTS[language]
    scorer = Scorer(language)
    counts = scorer.counts([references], {"one": hypotheses})["one"]
    return scorer.scores(counts.sum(axis=0).tolist()), scorer.signatures({})


def test_several_references_as_sacrebleu() -> None:
    first, hypotheses = TEXTS["en"]
    references = [first, [line[::-1] for line in first], hypotheses[1:] + hypotheses[:1]]
    scorer = Scorer("en", references=3)
    counts = scorer.counts(references, {"one": hypotheses})["one"]
    scores, signatures = scorer.scores(counts.sum(axis=0).tolist()), scorer.signatures({})
    for name, metric in (("bleu", BLEU()), ("chrf", CHRF()), ("chrf++", CHRF(word_order=2))):
        wanted = metric.corpus_score(hypotheses, references)
        assert scores[name].score == pytest.approx(wanted.score)
        assert signatures[name] == str(metric.get_signature())
        assert "nrefs:3" in signatures[name]


@pytest.mark.parametrize("language", TEXTS)
def test_bleu_and_chrf_are_those_of_the_command(language: str, tmp_path: Path) -> None:
    theirs = command(tmp_path, language, "-m", "bleu", "chrf", "--tokenize", tokenizer(language))
    found, signatures = ours(language)
    for key, name in (("bleu", "BLEU"), ("chrf", "chrF2")):
        assert round(found[key].score, 9) == theirs[name]["score"]
        assert signatures[key] == theirs[name]["signature"]
    assert found["bleu"]._verbose == theirs["BLEU"]["verbose_score"]


@pytest.mark.parametrize("language", ["en", "th"])
def test_chrf_plus_plus_is_that_of_the_command(language: str, tmp_path: Path) -> None:
    theirs = command(tmp_path, language, "-m", "chrf", "--chrf-word-order", "2")["chrF2++"]
    found, signatures = ours(language)
    assert round(found["chrf++"].score, 9) == theirs["score"]
    assert signatures["chrf++"] == theirs["signature"]
    references, hypotheses = TEXTS[language]
    assert round(chrf_plus_plus(hypotheses, references), 9) == theirs["score"]


def test_chinese_is_what_the_command_takes_by_itself(tmp_path: Path) -> None:
    theirs = command(tmp_path, "zh", "-m", "bleu", "-l", "en-zh")["BLEU"]
    found, signatures = ours("zh")
    assert (round(found["bleu"].score, 9), signatures["bleu"]) == (
        theirs["score"],
        theirs["signature"],
    )


def test_scores_of_single_lines_are_sentence_scores() -> None:
    references, hypotheses = TEXTS["en"]
    scorer = Scorer("en")
    lines = scorer.line_scores(scorer.counts([references], {"one": hypotheses})["one"])
    alone = [chrf_plus_plus([one], [other]) for one, other in zip(*TEXTS["en"][::-1], strict=True)]
    assert lines.tolist() == alone
    assert (lines[2], lines[3]) == (100, 0)


def test_nothing_translated_is_nought() -> None:
    scorer = Scorer("en")
    counts = scorer.counts([["a b c", "d"]], {"one": ["", ""]})["one"]
    found = scorer.scores(counts.sum(axis=0).tolist())
    assert [one.score for one in found.values()] == [0, 0, 0]


def test_many_lines_are_counted_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    references, hypotheses = TEXTS["en"]
    systems = {"one": hypotheses, "two": references}
    whole = Scorer("en").counts([references], systems)
    monkeypatch.setattr(translation_scores, "_LINES_AT_ONCE", 3)
    told: list[int] = []
    parts = Scorer("en").counts([references], systems, told.append)
    assert told == [3, 3, 1, 1]
    for name in systems:
        assert parts[name].shape == (4, 34)
        assert (parts[name] == whole[name]).all()


def test_tokenizers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    names = {code: tokenizer(code) for code in ("fr", "ar", "zh", "ja", "ko", "th", "km", "my")}
    assert names == {"fr": "13a", "ar": "13a", "zh": "zh"} | dict.fromkeys(
        ("ja", "ko", "th", "km", "my"), "char"
    )
    monkeypatch.setattr("importlib.util.find_spec", lambda name: "found")
    assert [tokenizer(code) for code in ("ja", "ko", "th")] == ["ja-mecab", "ko-mecab", "char"]


def test_an_unknown_language_is_an_input_error() -> None:
    with pytest.raises(InputError, match="unknown language code 'jp'"):
        Scorer("jp")


def test_names_are_sacrebleus() -> None:
    found, _ = ours("en")
    assert {key: one.name for key, one in found.items()} == translation_scores.SACREBLEU_NAMES
