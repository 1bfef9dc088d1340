import pytest
from wet_files import packed, record

from langs.errors import InputError
from pipeline import cli
from pipeline.corpus.config import CorpusConfig
from pipeline.corpus.rules.language_limits import Limits
from pipeline.corpus.statistics.probability_limits import probability_limit


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ({0.5: 1, 0.7: 2, 0.9: 1}, 0.5586),  # median 0.7, deviation sqrt(0.02)
        ({0.99: 5}, 0.9),
        ({0.2: 1, 0.3: 1}, 0.3),
    ],
)
def test_median_less_the_standard_deviation_within_bounds(pages, expected):
    assert probability_limit(pages) == expected


def test_limits_of_a_corpus_are_a_file_for_the_next(tmp_path, capsys):
    text = "Alle Menschen sind frei und gleich an Würde und Rechten geboren, und sagen das auch."
    pages = [record(f"http://a.org/{n}", f"{text} {'Sie sind frei. ' * n}") for n in range(3)]
    pages.append(record("http://en", "All human beings are born free and equal in dignity."))
    (tmp_path / "x.wet.gz").write_bytes(packed(pages))
    corpus, limits = str(tmp_path / "corpus"), str(tmp_path / "limits.yaml")
    made = ["corpus", "--input", f"{tmp_path}/*.gz", "--output", corpus, "--preset", "sample"]
    made += ["--min-language-probability", "0", "--min-long-lines", "0"]
    assert cli.main([*made, "--min-pages-per-language", "1"]) == 0
    assert cli.main(["corpus", "limits", "--corpus", corpus, "--output", limits]) == 2
    assert "no language of" in capsys.readouterr().err
    found = ["corpus", "limits", "--corpus", corpus, "--output", limits, "--min-pages", "2"]
    assert cli.main(found) == 0
    assert capsys.readouterr().out.split() == ["de", "0.9000"]
    read = Limits(CorpusConfig(language_limits=limits))
    assert read.of("de").min_language_probability == 0.9
    assert read.of("en").min_language_probability == 0.7


def test_a_folder_that_is_no_corpus(tmp_path):
    from pipeline.corpus.statistics.probability_limits import limits_of

    with pytest.raises(InputError, match="is not finished"):
        limits_of(tmp_path, 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"min_language_probability": 0.7}, "with min_language_probability 0.7, without pages of"),
        ({"language_limits": "l.yaml"}, "with language_limits l.yaml"),
    ],
)
def test_a_corpus_without_pages_of_low_probability_is_refused(tmp_path, changes, said):
    from pipeline.corpus.statistics.probability_limits import limits_of
    from pipeline.stages import folders

    made_from = {
        "configuration": {"min_language_probability": 0.0, "language_limits": ""} | changes
    }
    with folders.partial_folder(tmp_path / "corpus") as folder:
        folders.mark_complete(folder, made_from, {})
    with pytest.raises(InputError, match=said):
        limits_of(tmp_path / "corpus", 1)
