"""`mswitch bitext` as a stage: parallel text -> clean pairs, shards, tokenizer with tags, mixture.

inputs -> read    rows, rules, splits by hash              one task an input
       -> write   without copies and held-out text; ids    one task a pair of languages
"""

import dataclasses
import functools
import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from langs import directions
from langs.directions import Direction
from langs.errors import InputError
from langs.registry import LANGUAGES
from models import cores
from models.formats.data_folder import MIXTURE, SHARDS, SHARDS_JSON
from models.tokenizer import folder as tokenizer_folder
from pipeline.files.sources import InputFile, identities
from pipeline.prepare import shard_writer, tokenizer_training
from pipeline.stages import folders
from pipeline.stages.frames import Frame
from pipeline.stages.progress import progress, say
from pipeline.stages.quiet import quiet_logs
from pipeline.translation.bitext import direction_mixture, learn_pieces, removals, sift, write_pairs
from pipeline.translation.bitext.config import MIXTURE as MIXTURE_SETTINGS
from pipeline.translation.bitext.config import NEW_PIECES, BitextConfig, check
from pipeline.translation.bitext.readers import inputs
from pipeline.translation.bitext.readers.rows import SPLITS, TRAIN, Source
from pipeline.translation.bitext.sift import Task
from pipeline.translation.bitext.work_folder import Job, tallied
from pipeline.translation.bitext.write_pairs import PairTask

REMOVED = "removed.json"
_SHARDS_JSON = Path(SHARDS, SHARDS_JSON)
_WORK = "work"
_KEPT = (_WORK, write_pairs.CLEAN, SHARDS)  # the next run goes on from them
_MANY_BYTES = 16 * 2**20  # packed input for which several processes pay

_Each = Callable[..., None]
"""Calls a function with every element and constants, by Beam: each(elements, function, ...)."""


def make_bitext(
    specs: Sequence[str],
    data: Path,
    output: Path,
    config: BitextConfig,
    held_out: Sequence[str] = (),
    workers: int = 0,
    beam_options: Sequence[str] = (),
) -> dict[str, Any]:
    """Make the folder `output` from the inputs that `specs` name (`inputs.find`).

    Args:
        specs: paths, globs and folders, with or without codes of languages.
        data: folder with `tokenizer/`.
        output: gets the tokenizer, `clean/`, `shards/`, `mixture.json` and `removed.json`. If only
            settings of the mixture differ from a complete one, its mixture is written anew.
        config: the settings.
        held_out: specs of test text that must not be trained on.
        workers: processes on this machine; 0 = one for small inputs, else one a core.
        beam_options: further options for Beam.

    Returns the content of `mixture.json` and `removed.json` as "mixture" and "removed". Raises
    InputError for bad settings and inputs, directions that the inputs do not have, and an output
    made from something else; OSErrors pass up, from Beam's workers as InputError.
    """
    check(config)
    _check_tokenizer(data)
    pairs = _wanted(config)
    sources = _useful(inputs.find(specs, columns=config.columns), pairs, config)
    held = inputs.find(held_out, alone=True, columns=config.columns)
    made_from = _fingerprint(config, data, sources, held)

    def fill(folder: Path) -> dict[str, Any]:
        tasks = [Task(i, source, i >= len(sources)) for i, source in enumerate([*sources, *held])]
        size = sum(task.source.size for task in tasks)
        processes = workers or (1 if size < _MANY_BYTES else cores.available())
        with quiet_logs():  # importing Beam takes two seconds
            from pipeline.stages import beam
        each = functools.partial(beam.each, workers=processes, beam_options=beam_options)
        mixture = _fill(folder, tasks, Job(config, str(folder / _WORK), pairs), data, each)
        shutil.rmtree(folder / _WORK)
        return {"mixture": mixture}

    if folders.is_complete(output, made_from):
        _renew_mixture(output, config, made_from)
    else:
        folders.made(output, made_from, fill, keep=_KEPT)
    return {path.stem: _read_json(path) for path in (output / MIXTURE, output / REMOVED)}


def _read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _check_tokenizer(data: Path) -> None:
    for name in tokenizer_folder.FILES:
        if not (path := data / "tokenizer" / name).is_file():
            raise InputError(
                f"{path} is missing; give as --data a folder made by mswitch prepare or import"
            )


def _wanted(config: BitextConfig) -> frozenset[Direction]:
    """All pairs of known languages that the patterns choose."""
    every = directions.parse(config.directions, directions.between(LANGUAGES))
    return frozenset(direction.pair for direction in every)


def _chosen(config: BitextConfig, pairs: Collection[Direction]) -> list[Direction]:
    """The directions that the patterns choose of these pairs. Raises InputError for none."""
    if not pairs:
        raise InputError(
            "the inputs have no texts of two languages: they are empty, or nothing tells their "
            "languages; name files like en-fr.tsv, or corpus.en and corpus.fr"
        )
    known = {turned for pair in pairs for turned in (pair, pair.reverse)}
    return directions.parse(config.directions, known)


def _useful(
    sources: Sequence[Source], pairs: frozenset[Direction], config: BitextConfig
) -> list[Source]:
    """The inputs with wanted pairs. Where all languages are told, this checks the directions."""
    if all(source.languages for source in sources):
        _chosen(config, {pair for source in sources for pair in source.pairs})
    narrowed = (source.narrowed(pairs) for source in sources)
    return [source for source in narrowed if source]


def _fingerprint(
    config: BitextConfig, data: Path, sources: Sequence[Source], held: Sequence[Source]
) -> dict[str, Any]:
    unused = (*MIXTURE_SETTINGS, *(() if config.new_pieces else NEW_PIECES))
    settings: dict[str, Any] = dataclasses.asdict(config)
    settings = {name: value for name, value in settings.items() if name not in unused}
    settings["sources"] = [dataclasses.asdict(source) for source in sources]
    settings["held_out"] = [dataclasses.asdict(source) for source in held]
    files = [InputFile(path, 0) for source in [*sources, *held] for _, path in source.files]
    tokenizer = {name: data / "tokenizer" / name for name in tokenizer_folder.FILES}
    return folders.fingerprint(settings, {**identities(files), **tokenizer})


def _fill(folder: Path, tasks: list[Task], job: Job, data: Path, each: _Each) -> dict[str, Any]:
    """Make everything in the folder; returns the mixture."""
    for name in ("read", "write", "held_out"):
        job.path(name).mkdir(parents=True, exist_ok=True)
    counts, frames, pairs = _read(tasks, job, each)
    chosen = _chosen(job.config, pairs)
    wanted = sorted({direction.pair for direction in chosen})
    pair_tasks = [PairTask(pair, removals.left(counts, pair), frames[str(pair)]) for pair in wanted]
    targets = [direction.target for direction in chosen]
    described = _make_tokenizer(data, folder, targets, pair_tasks, job)
    _write(pair_tasks, job, folder, described["vocabulary_size"], each)
    splits = _splits(pair_tasks, job, counts)
    report = removals.report(counts, splits)
    if not report["total"]["kept"][TRAIN]:
        raise InputError(removals.nothing_left(report))
    mixed = direction_mixture.mixture(job.config, chosen, splits)
    content = {
        "tokenizer_sha256": described["sha256"],
        "vocabulary_size": described["vocabulary_size"],
        "splits": splits,
    }
    folders.write_json(folder / _SHARDS_JSON, content)
    folders.write_json(folder / MIXTURE, mixed)
    folders.write_json(folder / REMOVED, report)
    return mixed


def _read(
    tasks: list[Task], job: Job, each: _Each
) -> tuple[sift.Counts, dict[str, list[Frame]], set[Direction]]:
    """The first step; returns the counts, the frames by pair, and all pairs of the inputs."""
    size = sum(task.source.size for task in tasks) // 1000
    largest_first = sorted(tasks, key=lambda task: -task.source.size)
    with progress("bitext: reading", "kB", size, lambda: tallied(job.path("read")) // 1000):
        each(largest_first, sift.read, job=job)
    counts: sift.Counts = Counter()
    frames: dict[str, list[Frame]] = defaultdict(list)
    pairs: set[Direction] = set()
    for task in tasks:
        sifted = sift.sifted(task, job)
        if not (sifted.frames or task.held_out):
            say(f"bitext: {removals.no_pair(task.source.name, sifted.counts)}")
        counts.update(sifted.counts)
        pairs.update(sifted.pairs)
        for pair, frame in sifted.frames:
            frames[pair].append(frame)
    sift.join_digests(tasks, job)
    return counts, frames, pairs


def _write(tasks: list[PairTask], job: Job, folder: Path, ids: int, each: _Each) -> None:
    """The second step: clean text and shards of all pairs of languages."""
    size = sum(task.size for task in tasks)
    with progress("bitext: writing", "pairs", size, lambda: tallied(job.path("write"))):
        each(
            sorted(tasks, key=lambda task: -task.size),
            write_pairs.write,
            job=job,
            output=str(folder),
            model=(folder / "tokenizer" / tokenizer_folder.MODEL).read_bytes(),
            dtype=shard_writer.id_type(ids),
        )


def _splits(tasks: list[PairTask], job: Job, counts: sift.Counts) -> dict[str, Any]:
    """`splits` of `shards.json`; adds the removals of the second step to the counts."""
    splits: dict[str, Any] = {split: {} for split in SPLITS}
    for task in tasks:
        written = write_pairs.written(task, job)
        counts.update({(str(task.pair), rule): count for rule, count in written.removed})
        for split, sides in written.sides.items():
            splits[split][str(task.pair)] = sides
    return splits


def _make_tokenizer(
    data: Path, folder: Path, targets: Collection[str], tasks: Sequence[PairTask], job: Job
) -> dict[str, Any]:
    """The tokenizer of `data` with a tag for each target, and new pieces; returns its summary."""
    made = folder / "tokenizer"
    made.mkdir()
    for name in tokenizer_folder.FILES:
        shutil.copyfile(data / "tokenizer" / name, made / name)
    made_from = folders.fingerprint({}, {name: made / name for name in tokenizer_folder.FILES})
    tags = tokenizer_folder.read_dictionary(made / tokenizer_folder.DICTIONARY)[0]
    tokenizer_folder.add_tags(made, targets)
    if job.config.new_pieces:
        new = [code for code in targets if tokenizer_folder.tag(code) not in tags]
        learn_pieces.add(made, tasks, job, job.config.new_pieces_languages or new)
    described = tokenizer_training.describe(made)
    folders.mark_complete(made, made_from, described)
    return described


def _renew_mixture(output: Path, config: BitextConfig, made_from: dict[str, Any]) -> None:
    """Rewrite `mixture.json` of a finished folder where the settings ask for another mixture."""
    before = folders.read_summary(output)["mixture"]
    chosen = [directions.split(name) for name in before["directions"]]
    mixed = direction_mixture.mixture(config, chosen, _read_json(output / _SHARDS_JSON)["splits"])
    if mixed == before:
        say(f"bitext: {output} is complete, nothing to do")
        return
    folders.write_json(output / MIXTURE, mixed)
    folders.mark_complete(output, made_from, {"mixture": mixed})
    say(f"bitext: {output} is complete, only the mixture is written anew")
