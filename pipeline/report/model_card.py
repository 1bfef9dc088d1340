"""The head and the tail that make a report's Markdown the model card of the model it is about.

The head is the metadata of the Hugging Face Hub: languages, tags, and the results as `model-index`
(https://github.com/huggingface/hub-docs/blob/main/modelcard.md). The tail says what the results
hang on.
"""

from typing import Any

import yaml

from langs import directions
from langs.errors import InputError
from langs.registry import LANGUAGES, iso_639
from pipeline.evaluate.report import ModelEntry, Quality, Report
from pipeline.report.runs.headline import shown_model
from pipeline.report.runs.run_settings import headers, signature
from pipeline.show.numbers import short

_METRICS = {"perplexity": "Perplexity", "bits_per_byte": "Bits per byte"}
_TASK = {"type": "text2text-generation", "name": "Span corruption"}
_DIGITS = 6  # significant ones of a result


def page(report: Report, body: str) -> str:
    """A report in Markdown as a model card."""
    return f"{_head(report)}\n\n{body}\n{_tail(report)}\n"


def _head(report: Report) -> str:
    """YAML between two lines of dashes."""
    model = shown_model(report)
    metadata = {
        "language": sorted({code for name in report.languages for code in _iso_codes(name)}),
        "library_name": "fairseq",
        "pipeline_tag": _TASK["type"],
        "tags": _tags(model),
        "metrics": list(_METRICS),
        "model-index": [{"name": _name(report, model), "results": _results(report, model)}],
    }
    return f"---\n{yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True)}---"


def _tail(report: Report) -> str:
    """The sizes of the model, and the signature of every run."""
    model = shown_model(report)
    sizes = {"parameters": model.parameters, "of them work on a token": model.active_parameters}
    known = [f"{short(size)} {words}" for words, size in sizes.items() if size is not None]
    lines = [f"- {name}: `{signature(run)}`" for name, run in headers(report)]
    name = _name(report, model)
    about = f"{': '.join([name, ', '.join(known)] if known else [name])}."
    return "\n\n".join(["## Model", about, "## Signatures", "\n".join(lines)])


def _name(report: Report, model: ModelEntry) -> str:
    return dict(zip(report.models, report.titles, strict=True))[model.name]


def _tags(model: ModelEntry) -> list[str]:
    sparse = ["mixture-of-experts", "switch-transformer"] if model.experts else []
    return ["mswitch", "t5", "multilingual", *sparse]


def _results(report: Report, model: ModelEntry) -> list[dict[str, Any]]:
    """The mean over languages, then each language."""
    whole = {"name": "Validation text, mean of all languages", "type": "validation"}
    sets = [(whole, model.quality)] + [
        ({"name": f"Validation text, {entry.name}", "type": "validation", "config": code},
         entry.models[model.name].quality)
        for code, entry in report.languages.items()
    ]  # fmt: skip
    where = {"split": "valid", "revision": model.header["data_sha256"]}
    return [
        {"task": dict(_TASK), "dataset": name | where, "metrics": _metrics(measured)}
        for name, measured in sets
    ]


def _metrics(measured: Quality) -> list[dict[str, Any]]:
    return [
        {"name": title, "type": key, "value": float(f"{measured.measure(key):.{_DIGITS}g}")}
        for key, title in _METRICS.items()
    ]


def _iso_codes(name: str) -> list[str]:
    """The languages of an entry of a report: one, or both of a direction of translation."""
    try:
        codes = [name] if name in LANGUAGES else list(directions.split(name))
    except InputError:
        return []  # a language of the user's own
    return [iso_639(code) for code in codes]
