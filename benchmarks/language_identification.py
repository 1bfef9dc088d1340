"""How often the identifier names the right language, by language and length, with confusions.

    python benchmarks/language_identification.py --data FOLDER... [--identifier NAME] [--json FILE]

FOLDER holds `<code>.txt.xz`, one sentence a line. Measured on single sentences and on passages:
sentences that follow each other, joined to 1,000 characters, as a page would be. `kept` is the
share with a probability of at least 0.7, as mC4 asks for; `right, kept` counts among these.
"""

import argparse
import itertools
import json
import lzma
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from langs.identify import CLD3, Identifier, identifier
from langs.registry import LANGUAGES

MOST_SENTENCES = 2000  # of a language and folder, spread evenly over the file
PASSAGE_CHARACTERS = 1000
LENGTHS = (0, 25, 50, 100, 200, 400)  # characters from which a class of sentences begins
LEAST_PROBABILITY = 0.7  # mT5 paper, 3.1
CONFUSIONS = 25


@dataclass(frozen=True)
class Answer:
    """What the identifier said of a text."""

    code: str  # the true language
    found: str | None
    probability: float
    characters: int

    @property
    def is_right(self) -> bool:
        return self.code == self.found

    @property
    def is_kept(self) -> bool:
        return self.probability >= LEAST_PROBABILITY


def sentences(folders: Iterable[Path], code: str) -> list[str]:
    """Sentences of a language from all folders, in order; none where there is no file."""
    found: list[str] = []
    for folder in folders:
        path = folder / f"{code}.txt.xz"
        if path.exists():
            with lzma.open(path, "rt", encoding="utf-8", newline="\n") as stream:
                lines = [line.strip() for line in stream if line.strip()]
            step = max(1, len(lines) // MOST_SENTENCES)
            found += lines[::step]
    return found


def passages(lines: Iterable[str]) -> Iterator[str]:
    """Sentences that follow each other, joined until they have 1,000 characters."""
    passage = ""
    for line in lines:
        passage = f"{passage}\n{line}" if passage else line
        if len(passage) >= PASSAGE_CHARACTERS:
            yield passage
            passage = ""


def ask(identify: Identifier, code: str, texts: Iterable[str]) -> list[Answer]:
    """The identifier's answers."""
    return [Answer(code, *identify(text), len(text)) for text in texts]


def share(answers: Sequence[Answer], kept: bool = False) -> float:
    """The share of right answers, of all or of those kept."""
    counted = [answer for answer in answers if answer.is_kept or not kept]
    return sum(answer.is_right for answer in counted) / max(1, len(counted))


def kept_share(answers: Sequence[Answer]) -> float:
    """The share of texts that are kept."""
    return sum(answer.is_kept for answer in answers) / max(1, len(answers))


def percent(value: float) -> str:
    return f"{100 * value:.1f}"


def language_table(single: dict[str, list[Answer]], joined: dict[str, list[Answer]]) -> str:
    """One line a language, the worst first."""
    rows = [
        "| code | language | sentences | right | kept | right, kept | passages | right | often |"
    ]
    rows.append("|---|---|---|---|---|---|---|---|---|")
    for code in sorted(single, key=lambda code: (share(single[code]), code)):
        answers, long = single[code], joined[code]
        wrong = Counter(answer.found or "other" for answer in answers if not answer.is_right)
        often = ", ".join(
            f"{found} {percent(count / len(answers))}" for found, count in wrong.most_common(2)
        )
        cells = (
            *(code, LANGUAGES[code].name, f"{len(answers):,}", percent(share(answers))),
            *(percent(kept_share(answers)), percent(share(answers, kept=True))),
            *(f"{len(long):,}", percent(share(long)) if long else "-", often),
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def length_table(answers: Sequence[Answer]) -> str:
    """One line a class of lengths."""
    rows = ["| characters | texts | right | kept | right, kept |", "|---|---|---|---|---|"]
    for low, high in itertools.pairwise((*LENGTHS, sys.maxsize)):
        some = [answer for answer in answers if low <= answer.characters < high]
        name = f"{low} to {high - 1}" if high < sys.maxsize else f"{low} and more"
        cells = (name, f"{len(some):,}", percent(share(some)), percent(kept_share(some)))
        rows.append(f"| {' | '.join(cells)} | {percent(share(some, kept=True))} |")
    return "\n".join(rows)


def confusion_table(answers: dict[str, list[Answer]]) -> str:
    """The pairs with the highest share of a language's texts."""
    pairs = {
        (code, found): count / len(some)
        for code, some in answers.items()
        for found, count in Counter(x.found or "other" for x in some if not x.is_right).items()
    }
    rows = ["| language | taken for | % of its texts |", "|---|---|---|"]
    for (code, found), part in sorted(pairs.items(), key=lambda pair: -pair[1])[:CONFUSIONS]:
        rows.append(f"| {code} | {found} | {percent(part)} |")
    return "\n".join(rows)


def mean(shares: Iterable[float]) -> str:
    values = list(shares)
    return percent(sum(values) / max(1, len(values)))


def main() -> None:
    """Parse options, measure, print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", nargs="+", type=Path, required=True, help="folders of sentences")
    parser.add_argument("--identifier", default=CLD3, help="as in mswitch corpus")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the shares as JSON too")
    arguments = parser.parse_args()
    identify = identifier(arguments.identifier)
    single: dict[str, list[Answer]] = {}
    joined: dict[str, list[Answer]] = {}
    for code in LANGUAGES:
        if lines := sentences(arguments.data, code):
            single[code] = ask(identify, code, lines)
            joined[code] = ask(identify, code, passages(lines))
    with_passages = {code: some for code, some in joined.items() if some}
    print(f"{len(single)} languages, {sum(map(len, single.values())):,} sentences; right, mean:")
    print(f"sentences {mean(map(share, single.values()))} %,", end=" ")
    print(f"passages {mean(map(share, with_passages.values()))} %\n")
    print(length_table([answer for some in single.values() for answer in some]), "\n")
    print("Sentences taken for another language:\n\n" + confusion_table(single), "\n")
    print("Passages taken for another language:\n\n" + confusion_table(with_passages), "\n")
    print(language_table(single, joined))
    if arguments.json:
        rows = {
            code: {"sentences": share(single[code]), "passages": share(joined[code])}
            for code in single
        }
        arguments.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
