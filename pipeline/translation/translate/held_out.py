"""The held-out text of a folder of `mswitch bitext`, direction by direction: a stage."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from langs import directions
from langs.directions import Direction
from langs.errors import InputError
from pipeline.stages import folders
from pipeline.stages.progress import progress, say
from pipeline.stages.settings import setting
from pipeline.translation.score.text_files import read_pairs

if TYPE_CHECKING:
    from pipeline.translation.translate.translator import Translator

LONGEST_PIECE = 256  # source tokens; of longer lines each sentence is translated alone


@dataclass
class TranslateConfig:
    """How held-out text is translated."""

    split: str = setting("test", "split of the bitext: test or valid")
    beams: int = setting(4, "beams of the search; 1: greedy search")


def translate_split(checkpoint: Path, bitext: Path, output: Path, config: TranslateConfig) -> None:
    """Write `<source>-<target>.txt` for each direction of the mixture: what `mswitch score` reads.

    bitext: a finished folder of `mswitch bitext`. Raises InputError if it has no such text or no
    direction of the model's, and for an output made differently; OSErrors pass up.
    """
    made_from = folders.fingerprint(asdict(config), {"checkpoint": checkpoint, "bitext": bitext})
    if folders.is_complete(output, made_from):
        say(f"translate: {output} is complete, nothing to do")
        return
    sources = _sources(bitext, config.split)
    translator = _translator(checkpoint, config)
    done: list[int] = []
    lines = sum(map(len, sources.values()))
    with (
        folders.partial_folder(output, made_from=made_from) as folder,
        progress("translate", "lines", lines, lambda: sum(done)),
    ):
        for direction, texts in sources.items():
            found = _translated(translator, direction, texts, done.append)
            folders.write_text(folder / f"{direction}.txt", "".join(f"{text}\n" for text in found))
        folders.mark_complete(folder, made_from, {"directions": len(sources), "lines": lines})


def _sources(bitext: Path, split: str) -> dict[Direction, list[str]]:
    """The source texts of each direction of the mixture that has any in a split."""
    found = {}
    for path in sorted((bitext / "clean" / split).glob("*.tsv.gz")):
        pair = directions.split(path.name.removesuffix(".tsv.gz"))
        for direction, texts in zip((pair, pair.reverse), read_pairs(path, pair), strict=True):
            found[direction] = texts
    mixture = json.loads((bitext / "mixture.json").read_text(encoding="utf-8"))
    asked_for = {directions.split(name) for name in mixture["directions"]}
    wanted = {direction: texts for direction, texts in found.items() if direction in asked_for}
    if not wanted:
        raise InputError(f"{bitext / 'clean' / split}: no direction has text there")
    return dict(sorted(wanted.items()))


def _translator(checkpoint: Path, config: TranslateConfig) -> "Translator":
    from models.generation.text_model import load
    from models.generation.translation import Search
    from pipeline.translation.translate.translator import Translator, usable_device

    model = load(checkpoint)
    model.model.to(usable_device(None))
    return Translator(model, Search(config.beams), LONGEST_PIECE)


def _translated(
    translator: "Translator", direction: Direction, texts: list[str], done: Callable[[int], None]
) -> list[str]:
    pieces = translator.pieces(*direction)
    found = translator.lines(texts, pieces, lambda lines, tokens: done(lines))
    return [line.translations[0].text for line in found]
