"""What is scored: of each direction the test lines and what every system made of them.

One direction is a few files. Many are a folder a system with `<source>-<target>.txt`, and a folder
of references with the same names, or with pairs of lines, `<a>-<b>.tsv` under the heading
`a<tab>b`, each for both directions; `mswitch bitext` makes such a folder. All may be packed (.gz).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from langs import directions, registry
from langs.directions import Direction
from langs.errors import InputError
from pipeline.translation.score.text_files import read_lines, read_pairs

_TEXT, _PAIRS = (".txt", ".txt.gz"), (".tsv", ".tsv.gz")


@dataclass(frozen=True)
class Translations:
    """Test lines of one direction; line i is the same sentence everywhere."""

    source: str | None  # mC4's code; None where it was not said
    target: str
    sources: list[str] | None
    references: list[str]
    hypotheses: dict[str, list[str]]  # by system

    @property
    def name(self) -> str:
        return f"{self.source}-{self.target}" if self.source else self.target


@dataclass(frozen=True)
class Files:
    """Where the lines of one direction are; a TSV holds both sources and references."""

    source: str | None
    target: str
    sources: Path | None
    references: Path
    hypotheses: dict[str, Path]

    def paths(self) -> list[Path]:
        return [*filter(None, [self.sources]), self.references, *self.hypotheses.values()]

    def read(self) -> Translations:
        """Raises InputError for unreadable files, and for files that are not line by line."""
        sources, references = self._test_lines()
        hypotheses = {name: read_lines(path) for name, path in self.hypotheses.items()}
        for path, lines in zip(self.hypotheses.values(), hypotheses.values(), strict=True):
            _check_aligned(path, lines, self.references, references)
        if not any(references):
            raise InputError(f"{self.references}: all lines are empty; give the right file")
        return Translations(self.source, self.target, sources, references, hypotheses)

    def _test_lines(self) -> tuple[list[str] | None, list[str]]:
        if self.references.name.endswith(_PAIRS):
            if self.source is None:
                raise InputError(f"{self.references}: give --source, the other column's language")
            direction = Direction(self.source, self.target)
            columns = dict(
                zip(direction.pair, read_pairs(self.references, direction.pair), strict=True)
            )
            return columns[self.source], columns[self.target]
        references = read_lines(self.references)
        sources = read_lines(self.sources) if self.sources else None
        if self.sources and sources is not None:
            _check_aligned(self.sources, sources, self.references, references)
        return sources, references


def named(systems: Sequence[str]) -> dict[str, Path]:
    """{name: path} of systems given as NAME=PATH, or as PATH, which is named by its last part.

    Raises InputError if two have the same name.
    """
    found: dict[str, Path] = {}
    for given in systems:
        name, equals, path = given.partition("=")
        if not equals or Path(given).exists():
            name, path = _last_part(Path(given).absolute()), given
        if name in found:
            raise InputError(f"two systems are named {name!r}; name them with NAME=PATH")
        found[name] = Path(path)
    return found


def with_baseline(systems: Sequence[str], baseline: str | None) -> tuple[dict[str, Path], str]:
    """All systems by name, and the baseline's name: the first, or the one given.

    `baseline`: the name or path of one of them, or one more system. Raises InputError as `named`.
    """
    found = named(systems)
    if baseline is None or baseline in found:
        return found, baseline or next(iter(found))
    ((name, path),) = named([baseline]).items()
    if same := next((one for one, its in found.items() if its == path), None):
        return found, same
    if name in found:
        raise InputError(f"two systems are named {name!r}; name them with NAME=PATH")
    if not path.exists():
        raise InputError(f"--baseline {baseline} is no system; there are {', '.join(found)}")
    return {name: path, **found}, name


def one_direction(
    systems: Mapping[str, Path],
    references: Path,
    sources: Path | None,
    source: str | None,
    target: str,
) -> Files:
    """The files of one direction. Raises InputError for an unknown code."""
    for code in filter(None, [source, target]):
        registry.get(code)
    return Files(source, target, sources, references, dict(systems))


def many_directions(
    systems: Mapping[str, Path], references: Path, split: str
) -> tuple[list[Files], dict[str, str]]:
    """All directions that all systems translated, and why others are left out.

    `references`: a folder of files, or one of `mswitch bitext`, of which `split` is taken. Raises
    InputError for a folder that is not there, for names that are no directions, and if no
    direction is left.
    """
    inside = references / "clean"
    test = _references(inside / split if inside.is_dir() else references)
    made = {name: _by_direction(folder, _TEXT) for name, folder in systems.items()}
    every = sorted({direction for files in made.values() for direction in files})
    left_out = {str(one): reason for one in every if (reason := _reason(one, test, made))}
    files = [
        Files(*one, None, test[one], {name: found[one] for name, found in made.items()})
        for one in every
        if str(one) not in left_out
    ]
    if not files:
        raise InputError(
            f"no direction to score: {'; '.join(f'{k}: {v}' for k, v in left_out.items())}"
            if left_out
            else f"{', '.join(map(str, systems.values()))}: no file like en-fr.txt there"
        )
    return files, left_out


def _reason(
    direction: Direction,
    test: Mapping[Direction, Path],
    made: Mapping[str, Mapping[Direction, Path]],
) -> str | None:
    if direction not in test:
        return "no references"
    without = [name for name, files in made.items() if direction not in files]
    return f"not translated by {', '.join(without)}" if without else None


def _references(folder: Path) -> dict[Direction, Path]:
    """The file of every direction: its own, or that of the pair."""
    found = _by_direction(folder, _PAIRS)
    found |= {direction.reverse: path for direction, path in found.items()}
    found |= _by_direction(folder, _TEXT)
    if not found:
        raise InputError(f"{folder}: no references like en-fr.tsv.gz or en-fr.txt there")
    return found


def _by_direction(folder: Path, endings: tuple[str, ...]) -> dict[Direction, Path]:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; check the path")
    found: dict[Direction, Path] = {}
    for path in sorted(folder.iterdir()):
        ending = next((one for one in endings if path.name.endswith(one)), None)
        if ending is None:
            continue
        try:
            direction = directions.split(path.name.removesuffix(ending))
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        if direction in found:
            raise InputError(f"{path} and {found[direction]} are the same direction; remove one")
        found[direction] = path
    return found


def _check_aligned(path: Path, lines: list[str], other: Path, others: list[str]) -> None:
    if len(lines) != len(others):
        raise InputError(
            f"{path} has {len(lines)} lines and {other} has {len(others)}; line by line they must "
            "be the same sentences"
        )


def _last_part(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".txt")
