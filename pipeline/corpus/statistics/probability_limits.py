"""FineWeb-2's least probability of each language, from the pages of a corpus.

An identifier is surer of some languages than of others: one limit for all loses good pages of
those that have close relatives (cld3 gives Croatian 0.5) and keeps bad ones of the rest. FineWeb-2
(arXiv 2506.20920, section on language identification) takes max(0.3, min(0.9, median - standard
deviation)) of the probabilities of the pages identified as the language.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import yaml

from langs.errors import InputError
from pipeline.corpus import documents
from pipeline.stages import folders

_LEAST, _MOST = 0.3, 0.9


def probability_limit(pages: Mapping[float, int]) -> float:
    """The limit for a language; `pages`: how many have which probability."""
    values = np.repeat(list(pages.keys()), list(pages.values()))
    return round(float(np.clip(np.median(values) - values.std(), _LEAST, _MOST)), 4)


def limits_of(corpus: Path, min_pages: int) -> dict[str, dict[str, float]]:
    """Limits as `language_limits` takes them, for languages with at least so many pages.

    Raises InputError if the folder is no finished corpus, if pages of low probability were removed
    from it (what is left would give too high limits), or if no language has as many.
    """
    folders.read_summary(corpus)
    _check_unlimited(corpus)
    limits = {}
    for code in documents.languages(corpus):
        pages = Counter(
            document["language_probability"]
            for path in documents.files(corpus, code)
            for document in documents.read_documents(path)
        )
        if pages.total() >= min_pages:
            limits[code] = {"min_language_probability": probability_limit(pages)}
    if not limits:
        raise InputError(
            f"no language of {corpus} has {min_pages} pages; give a smaller --min-pages"
        )
    return limits


def _check_unlimited(corpus: Path) -> None:
    made_from = folders.read_summary_file(corpus / folders.SUCCESS)["fingerprint"]
    settings = made_from.get("configuration", {})
    for name in ("min_language_probability", "language_limits"):
        if value := settings.get(name):
            raise InputError(
                f"{corpus} was made with {name} {value}, without pages of low probability: limits "
                "follow from all pages; make a corpus with --min-language-probability 0 and "
                "without --language-limits"
            )


def to_yaml(limits: Mapping[str, Mapping[str, float]], corpus: Path) -> str:
    """The limits as the content of a file for `language_limits`."""
    rows = {code: dict(row) for code, row in limits.items()}
    return f"# mswitch corpus limits --corpus {corpus}\n" + yaml.safe_dump(rows)
