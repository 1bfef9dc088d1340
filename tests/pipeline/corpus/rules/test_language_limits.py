import pytest

from langs.errors import InputError
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.rules.language_limits import Limits


def limits(path, text: str) -> Limits:
    path.write_text(text)
    return Limits(CorpusConfig(language_limits=str(path), min_words=50))


def test_what_is_said_of_a_language_stands_over_the_rest(tmp_path):
    found = limits(
        tmp_path / "x.yaml",
        "default: {min_script_share: 0.5}\n"
        "th: {min_words: 20, max_top_run_shares: [0.3, 0.2]}\nno: {min_language_probability: 0.4}",
    )
    assert found.of("th").min_words == 20
    assert found.of("th").max_top_run_shares == [0.3, 0.2]
    assert found.of("no").min_language_probability == 0.4
    assert found.of("no").min_words == 50
    assert found.of("de").min_language_probability == 0.7
    assert {found.of(code).min_script_share for code in ("th", "no", "de", None)} == {0.5}


def test_without_a_file_all_languages_have_the_same():
    config = CorpusConfig(min_words=3)
    assert Limits(config).of("de") == config


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("th: [", "is not YAML"),
        ("- th", "must hold lines like"),
        ("thai: {min_words: 1}", "did you mean 'th'"),
        ("th: 3", "th is 3: it must hold settings"),
        ("th: {shard_bytes: 1}", "has the setting 'shard_bytes'; it may have"),
        ("th: {min_words: many}", "min_words is 'many': it must be a number"),
        ("th: {min_words: -1}", "none below 0"),
        ("th: {max_top_run_shares: 0.1}", "it must be a list of numbers"),
    ],
)
def test_bad_files(tmp_path, text, why):
    with pytest.raises(InputError, match=why):
        limits(tmp_path / "x.yaml", text)


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match=r"language_limits: .*none is missing"):
        Limits(CorpusConfig(language_limits=str(tmp_path / "none")))
