"""The held-out text of a folder of `mswitch bitext`, direction by direction: a stage."""

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from langs import directions
from langs.directions import Direction
from langs.errors import InputError
from models.formats.data_folder import MIXTURE
from pipeline.stages import folders, settings
from pipeline.stages.progress import progress
from pipeline.stages.settings import setting
from pipeline.translation.score.text_files import read_pairs

if TYPE_CHECKING:
    from pipeline.translation.translate.translator import Translator

LONGEST_PIECE = 256  # source tokens; of longer lines each sentence is translated alone


@dataclass
class TranslateConfig:
    """How held-out text is translated."""

    split: str = setting("test", "split of the bitext", choices=("test", "valid"))
    beams: int = setting(4, "beams of the search; 1: greedy search", least=1)
    threads: int = setting(
        0, "threads on a CPU; 0: the fastest number for the model", least=0, changes_output=False
    )


def translate_split(checkpoint: Path, bitext: Path, output: Path, config: TranslateConfig) -> None:
    """Write `<source>-<target>.txt`, as `mswitch score` reads it, for each direction of a mixture.

    bitext: a finished folder of `mswitch bitext`. Raises InputError for a value out of range, if it
    has no text of the split, or a direction that the model cannot translate, and for an output made
    differently; OSErrors pass up.
    """

    def translate(folder: Path) -> dict[str, int]:
        sources = _sources(bitext, config.split)
        translator = _translator(checkpoint, config)
        done: list[int] = []
        lines = sum(map(len, sources.values()))
        with progress("translate", "lines", lines, lambda: sum(done)):
            pieces = {direction: translator.pieces(*direction) for direction in sources}
            together = ((text, pieces[d]) for d, texts in sources.items() for text in texts)
            translated = translator.lines_of_directions(
                together, lambda begun, _: done.append(begun)
            )
            for direction, texts in sources.items():
                own = itertools.islice(translated, len(texts))
                text = "".join(f"{line.translations[0].text}\n" for line in own)
                folders.write_text(folder / f"{direction}.txt", text)
        return {"directions": len(sources), "lines": lines}

    settings.check(config)
    made_from = folders.fingerprint(config, {"checkpoint": checkpoint, "bitext": bitext})
    folders.made(output, made_from, translate, title="translate")


def _sources(bitext: Path, split: str) -> dict[Direction, list[str]]:
    """The source texts of a split by direction of the mixture, for directions that have any."""
    sources = {}
    for path in sorted((bitext / "clean" / split).glob("*.tsv.gz")):
        pair = directions.split(path.name.removesuffix(".tsv.gz"))
        for direction, texts in zip((pair, pair.reverse), read_pairs(path, pair), strict=True):
            sources[direction] = texts
    mixture = json.loads((bitext / MIXTURE).read_text(encoding="utf-8"))
    mixed = {directions.split(name) for name in mixture["directions"]}
    wanted = {direction: texts for direction, texts in sources.items() if direction in mixed}
    if not wanted:
        raise InputError(f"{bitext / 'clean' / split}: no direction has text there")
    return dict(sorted(wanted.items()))


def _translator(checkpoint: Path, config: TranslateConfig) -> "Translator":
    from models.costs import threads
    from models.generation.text_model import load
    from models.generation.translation import Search
    from models.weights import lengths
    from pipeline.translation.translate.translator import Translator, usable_device

    model = load(checkpoint)
    threads.use(model.model.config, config.threads)
    model.model.to(usable_device(None))
    said = lengths.read(checkpoint.parent)
    search = Search(config.beams, max_length=said.most, min_length=said.least)
    return Translator(model, search, LONGEST_PIECE)
