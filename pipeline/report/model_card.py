"""The head and the tail that make a report's Markdown the model card of the model it is about.

The head is the metadata of the Hugging Face Hub: languages, tags, and the results as `model-index`
(https://github.com/huggingface/hub-docs/blob/main/modelcard.md). The tail says what the results
hang on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from langs import directions
from langs.errors import InputError
from langs.registry import LANGUAGES, iso_639
from pipeline.report.runs.comparison_headline import shown_model
from pipeline.report.runs.run_settings import headers, signature
from pipeline.show.numbers import short

_METRICS = {"perplexity": "Perplexity", "bits_per_byte": "Bits per byte"}
_TASK = {"type": "text2text-generation", "name": "Span corruption"}
_DIGITS = 6  # significant ones of a result


@dataclass(frozen=True)
class Subject:
    """The model that a card is about."""

    name: str
    header: Mapping[str, Any]  # first metrics line of its first run
    mean: Mapping[str, float]  # by measure
    languages: Mapping[str, Mapping[str, Any]]  # by code and measure


def subject(report: Mapping[str, Any]) -> Subject:
    """The sparse side of two runs, or the best model of many."""
    if "models" not in report:
        header = report["runs"]["model"]
        measured = {code: one["model"] for code, one in report["languages"].items()}
        return Subject(str(header["architecture"]), header, report["summary"]["model"], measured)
    model = shown_model(report)
    measured = {code: one["models"][model["name"]] for code, one in report["languages"].items()}
    return Subject(model["name"], model["runs"][0], model["quality"], measured)


def page(report: Mapping[str, Any], body: str) -> str:
    """A report in Markdown as a model card."""
    return f"{_head(report)}\n\n{body}\n{_tail(report)}\n"


def _head(report: Mapping[str, Any]) -> str:
    """YAML between two lines of dashes."""
    about = subject(report)
    metadata = {
        "language": sorted({code for name in about.languages for code in _iso_codes(name)}),
        "library_name": "fairseq",
        "pipeline_tag": _TASK["type"],
        "tags": _tags(about),
        "metrics": list(_METRICS),
        "model-index": [{"name": about.name, "results": _results(report, about)}],
    }
    return f"---\n{yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True)}---"


def _tail(report: Mapping[str, Any]) -> str:
    """The sizes of the model, and the signature of every run."""
    about = subject(report)
    sizes = {"parameters": "parameters", "active_parameters": "of them work on a token"}
    known = [
        f"{short(about.header[key])} {words}"
        for key, words in sizes.items()
        if isinstance(about.header.get(key), int)
    ]
    lines = [f"- {name}: `{signature(run)}`" for name, run in headers(report)]
    model = f"{': '.join([about.name, ', '.join(known)] if known else [about.name])}."
    return "\n\n".join(["## Model", model, "## Signatures", "\n".join(lines)])


def _tags(about: Subject) -> list[str]:
    sparse = ["mixture-of-experts", "switch-transformer"] if about.header.get("experts") else []
    return ["mswitch", "t5", "multilingual", *sparse]


def _results(report: Mapping[str, Any], about: Subject) -> list[dict[str, Any]]:
    """The mean over languages, then each language."""
    whole = {"name": "Validation text, mean of all languages", "type": "validation"}
    sets = [(whole, about.mean)] + [
        ({"name": f"Validation text, {report['languages'][code]['name']}", "type": "validation",
          "config": code}, measured)
        for code, measured in about.languages.items()
    ]  # fmt: skip
    where = {"split": "valid", "revision": about.header["data_sha256"]}
    return [
        {"task": dict(_TASK), "dataset": name | where, "metrics": _metrics(measured)}
        for name, measured in sets
    ]


def _metrics(measured: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"name": title, "type": key, "value": float(f"{measured[key]:.{_DIGITS}g}")}
        for key, title in _METRICS.items()
    ]


def _iso_codes(name: str) -> list[str]:
    """The languages of an entry of a report: one, or both of a direction of translation."""
    try:
        codes = [name] if name in LANGUAGES else list(directions.split(name))
    except InputError:
        return []  # a language of the user's own
    return [iso_639(code) for code in codes]
