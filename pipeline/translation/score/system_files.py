"""The texts to score: of each direction the test lines and every system's translations of them.

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

    source: str | None  # mC4's code; None where it was not told
    target: str
    sources: list[str] | None
    references: list[list[str]]  # one or several right translations of all lines
    hypotheses: dict[str, list[str]]  # by system

    @property
    def name(self) -> str:
        return f"{self.source}-{self.target}" if self.source else self.target


@dataclass(frozen=True)
class Files:
    """The files of one direction; a TSV holds both sources and references."""

    source: str | None
    target: str
    sources: Path | None
    references: tuple[Path, ...]
    hypotheses: dict[str, Path]

    def paths(self) -> list[Path]:
        """All files."""
        return [*filter(None, [self.sources]), *self.references, *self.hypotheses.values()]

    def read(self) -> Translations:
        """The lines. Raises InputError for unreadable files, and for different numbers of lines."""
        sources, references = self._test_lines()
        hypotheses = {name: read_lines(path) for name, path in self.hypotheses.items()}
        for path, lines in zip(self.hypotheses.values(), hypotheses.values(), strict=True):
            _check_aligned(path, lines, self.references[0], references[0])
        return Translations(self.source, self.target, sources, references, hypotheses)

    def _test_lines(self) -> tuple[list[str] | None, list[list[str]]]:
        """The sources, if there are any, and the lines of each reference."""
        tests = [self._test(path) for path in self.references]
        references = [lines for _, lines in tests]
        for path, lines in zip(self.references, references, strict=True):
            _check_aligned(path, lines, self.references[0], references[0])
            if not any(lines):
                raise InputError(f"{path}: all lines are empty; give the right file")
        if self.sources is None:
            return next((sources for sources, _ in tests if sources), None), references
        sources = read_lines(self.sources)
        _check_aligned(self.sources, sources, self.references[0], references[0])
        return sources, references

    def _test(self, path: Path) -> tuple[list[str] | None, list[str]]:
        """The sources, which only pairs have, and the right translations in a file."""
        if not path.name.endswith(_PAIRS):
            return None, read_lines(path)
        if self.source is None:
            raise InputError(f"{path}: give --source, the other column's language")
        pair = Direction(self.source, self.target).pair
        columns = dict(zip(pair, read_pairs(path, pair), strict=True))
        return columns[self.source], columns[self.target]


def named(systems: Sequence[str]) -> dict[str, Path]:
    """{name: path} of systems given as NAME=PATH, or as PATH, which is named by its last part.

    Raises InputError if two have the same name.
    """
    paths: dict[str, Path] = {}
    for spec in systems:
        name, equals, path = spec.partition("=")
        if not equals or Path(spec).exists():
            name, path = _last_part(Path(spec).absolute()), spec
        if name in paths:
            raise InputError(f"two systems are named {name!r}; name them with NAME=PATH")
        paths[name] = Path(path)
    return paths


def with_baseline(systems: Sequence[str], baseline: str | None) -> tuple[dict[str, Path], str]:
    """All systems by name, and the baseline's name: the first, or the one given.

    `baseline`: the name or path of one of them, or one more system. Raises InputError as `named`.
    """
    paths = named(systems)
    if baseline is None or baseline in paths:
        return paths, baseline or next(iter(paths))
    ((_, path),) = named([baseline]).items()
    if same := next((name for name, other in paths.items() if other == path), None):
        return paths, same
    every = named([baseline, *systems])
    if not path.exists():
        raise InputError(f"--baseline {baseline} is no system; there are {', '.join(paths)}")
    return every, next(iter(every))


def one_direction(
    systems: Mapping[str, Path],
    references: Sequence[Path],
    sources: Path | None,
    source: str | None,
    target: str,
) -> Files:
    """The files of one direction. Raises InputError for an unknown code."""
    for code in filter(None, [source, target]):
        registry.get(code)
    return Files(source, target, sources, tuple(references), dict(systems))


def many_directions(
    systems: Mapping[str, Path], references: Sequence[Path], split: str
) -> tuple[list[Files], dict[str, str]]:
    """All directions that all systems translated, and why others are left out.

    `references`: folders of files, or of `mswitch bitext`, of which `split` is taken; each is one
    more reference. Raises InputError for a folder that is not there, for names that are no
    directions, and if no direction is left.
    """
    tests = [_references(_test_folder(folder, split)) for folder in references]
    test = {
        direction: tuple(paths[direction] for paths in tests)
        for direction in set(tests[0]).intersection(*tests)
    }
    translated = {name: _by_direction(folder, _TEXT) for name, folder in systems.items()}
    every = sorted({direction for paths in translated.values() for direction in paths})
    reasons = {direction: _reason(direction, test, translated) for direction in every}
    left_out = {str(direction): reason for direction, reason in reasons.items() if reason}
    files = [
        Files(
            *direction,
            None,
            test[direction],
            {name: paths[direction] for name, paths in translated.items()},
        )
        for direction in every
        if not reasons[direction]
    ]
    if left_out and not files:
        told = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise InputError(f"no direction to score: {told}")
    if not files:
        folders = ", ".join(map(str, systems.values()))
        raise InputError(f"{folders}: no file like en-fr.txt there")
    return files, left_out


def _reason(
    direction: Direction,
    test: Mapping[Direction, tuple[Path, ...]],
    translated: Mapping[str, Mapping[Direction, Path]],
) -> str | None:
    """The reason for leaving a direction out, if there is one."""
    if direction not in test:
        return "no references"
    without = [name for name, paths in translated.items() if direction not in paths]
    return f"not translated by {', '.join(without)}" if without else None


def _test_folder(folder: Path, split: str) -> Path:
    return folder / "clean" / split if (folder / "clean").is_dir() else folder


def _references(folder: Path) -> dict[Direction, Path]:
    """The file of every direction: its own, or that of the pair."""
    paths = _by_direction(folder, _PAIRS)
    paths |= {direction.reverse: path for direction, path in paths.items()}
    paths |= _by_direction(folder, _TEXT)
    if not paths:
        raise InputError(f"{folder}: no references like en-fr.tsv.gz or en-fr.txt there")
    return paths


def _by_direction(folder: Path, endings: tuple[str, ...]) -> dict[Direction, Path]:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; check the path")
    paths: dict[Direction, Path] = {}
    for path in sorted(folder.iterdir()):
        ending = next((end for end in endings if path.name.endswith(end)), None)
        if ending is None:
            continue
        try:
            direction = directions.split(path.name.removesuffix(ending))
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        if direction in paths:
            raise InputError(f"{path} and {paths[direction]} are the same direction; remove one")
        paths[direction] = path
    return paths


def _check_aligned(path: Path, lines: list[str], other: Path, others: list[str]) -> None:
    if len(lines) != len(others):
        raise InputError(
            f"{path} has {len(lines)} lines and {other} has {len(others)}; line by line they must "
            "be the same sentences"
        )


def _last_part(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".txt")
