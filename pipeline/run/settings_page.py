"""The page of all settings: `python -m pipeline.run.settings_page > docs/settings.md`."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from pipeline.corpus.config import PRESETS
from pipeline.prepare.config import PrepareConfig, SampleConfig
from pipeline.run.config import RunConfig
from pipeline.stages.settings import settings_of, table
from pipeline.training.distill import DistillConfig
from pipeline.training.finetune import FinetuneConfig
from pipeline.training.pretrain import PretrainConfig
from pipeline.translation.bitext.config import BitextConfig
from pipeline.translation.translate.held_out import TranslateConfig

_INTRODUCTION = """# Settings

Each is an option of its command (`min_words` is `--min-words`) and a key of its section in the YAML
file of `mswitch run`; `variants` are sections by name, each as `switch` but for its own keys. This
page is made from the code: `python -m pipeline.run.settings_page > docs/settings.md`."""
_HEAD = ("Setting", "Default", "Range", "Meaning", "Source")
_JOBS: dict[str, Any] = {
    "`mswitch run`, beside the sections": RunConfig(),
    "`mswitch corpus`, section `corpus`": PRESETS["mc4"],
    "`mswitch prepare`, section `prepare`": PrepareConfig(),
    "`mswitch sample`": SampleConfig(),
    "`mswitch pretrain`, sections `pretrain`, `dense`, `switch`, `variants`": PretrainConfig(),
    "`mswitch bitext`, section `bitext`": BitextConfig(),
    "`mswitch finetune`, section `finetune`": FinetuneConfig(),
    "`mswitch distill`, beside those of `pretrain` or `finetune`": DistillConfig(""),
    "Translation of held-out text, section `translate`": TranslateConfig(),
}


def page() -> str:
    """The page as Markdown."""
    return "\n\n".join([_INTRODUCTION, *_sections(), _presets()]) + "\n"


def _sections() -> Iterator[str]:
    for title, config in _JOBS.items():
        yield f"## {title}"
        groups = [about.group for _, about in settings_of(config)]
        for group, rows in groupby(zip(groups, table(config), strict=True), lambda row: row[0]):
            if group:
                yield f"### {group}"
            cells = [row for _, row in rows]
            columns = 5 if any(row[-1] for row in cells) else 4  # sources, where there are any
            yield _table(_HEAD[:columns], [row[:columns] for row in cells])


def _presets() -> str:
    """The settings of the corpus job in which presets differ."""
    names = [name for name, _ in settings_of(PRESETS["mc4"])]
    values = {name: [f"`{getattr(preset, name)}`" for preset in PRESETS.values()] for name in names}
    rows = [(f"`{name}`", *shown) for name, shown in values.items() if len(set(shown)) > 1]
    return f"## Presets of `mswitch corpus`\n\n{_table(('Setting', *PRESETS), rows)}"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


if __name__ == "__main__":
    print(page(), end="")
