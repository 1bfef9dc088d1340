"""What each cleaning rule costs on a page, and what the corpus job costs with and without them.

    python benchmarks/cleaning_speed.py [--rounds 3] [--json FILE]

The rules run in turn, round after round, on the sample's pages in one process; the best round of
each counts. Times are processor time, which other programs disturb least. The job runs with preset
`mc4` and with `modern` (both with limits for the sample's short pages), and with `mc4` and one of
the rules that compare pages.
"""

import argparse
import dataclasses
import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from langs import registry
from langs.cld3 import identify
from langs.scripts import script_share
from pipeline.corpus.cleaning_config import GOPHER_QUALITY, GOPHER_REPETITION
from pipeline.corpus.config import CorpusConfig, preset
from pipeline.corpus.duplicates import minhash
from pipeline.corpus.duplicates.copied_lines import line_runs
from pipeline.corpus.duplicates.words import tokens
from pipeline.corpus.job import make_corpus
from pipeline.corpus.pages.reader import read_pages
from pipeline.corpus.pages.web_page import Page
from pipeline.corpus.rules.blocklist import Blocklist
from pipeline.corpus.rules.contamination import EvaluationSets
from pipeline.corpus.rules.personal_data import mask
from pipeline.corpus.rules.quality import quality_fault
from pipeline.corpus.rules.repair import repaired
from pipeline.corpus.rules.repetition import repetition_fault

SAMPLE = Path(__file__).parents[1] / "pipeline" / "sample"
SHORT_PAGES: dict[str, Any] = {
    "min_long_lines": 1,
    "min_line_characters": 30,
    "min_pages_per_language": 1,
    "min_words": 20,
}
_DOMAINS = 100_000  # of the list that addresses are looked up in

Rule = Callable[[str], object]


def sample_pages() -> list[tuple[str, str]]:
    """URL and text of the sample's pages."""
    config, found = CorpusConfig(), []
    for path in sorted((SAMPLE / "wet").glob("*.wet.gz")):
        with path.open("rb") as stream:
            for page in read_pages(stream, path.name, config):
                if isinstance(page, Page):
                    found.append((page.url, page.text))
    return found


def rules(folder: Path) -> dict[str, Rule]:
    """Each rule as a function of a text or, for lists of addresses, of a URL."""
    listed = folder / "domains"
    listed.write_text("".join(f"domain{n}.example.com\n" for n in range(_DOMAINS)))
    blocklist = Blocklist(CorpusConfig(blocked_address_files=[str(listed)]))
    tests = [str(path) for path in sorted((SAMPLE / "parallel").glob("*.tsv.gz"))]
    evaluation = EvaluationSets(CorpusConfig(evaluation_files=tests))
    repetition, quality = CorpusConfig(**GOPHER_REPETITION), CorpusConfig(**GOPHER_QUALITY)
    modern, english, how = preset("modern"), registry.get("en"), minhash.banding(0.8)
    return {
        "cld3 on 10,000 bytes, for comparison": lambda text: identify(text, 10_000),
        f"list of {_DOMAINS:,} domains": blocklist.fault,
        "soft hyphens, mojibake": lambda text: repaired(text, modern),
        "near-duplicates: shingles, bands": lambda text: minhash.band_hashes(
            minhash.shingles(text, 5), how
        ),
        "runs of 13 words of each line": lambda text: line_runs(text, 13),
        "share of letters in the script": lambda text: script_share(text, english),
        "repetition": lambda text: repetition_fault(text.split("\n"), repetition),
        "quality": lambda text: quality_fault(text.split("\n"), quality),
        "evaluation sets": evaluation.find,
        "masks": lambda text: mask(text, modern),
    }


def time_rules(pages: Sequence[tuple[str, str]], rounds: int) -> dict[str, float]:
    """Processor seconds for all pages."""
    with tempfile.TemporaryDirectory() as folder:
        every = rules(Path(folder))
        times: dict[str, list[float]] = {name: [] for name in every}
        for _ in range(rounds + 1):
            for name, rule in every.items():
                column = 0 if name.startswith("list of") else 1
                started = time.process_time()
                for page in pages:
                    tokens.cache_clear()  # each rule is to pay for its own
                    rule(page[column])
                times[name].append(time.process_time() - started)
    return {name: min(values[1:]) for name, values in times.items()}  # the first warms up


def jobs() -> dict[str, CorpusConfig]:
    """The settings that the whole job is timed with."""
    mc4 = dataclasses.replace(preset("mc4"), **{**SHORT_PAGES, "min_words": 0})
    return {
        "mc4": mc4,
        "modern": dataclasses.replace(preset("modern"), **SHORT_PAGES),
        "mc4 and near-duplicates": dataclasses.replace(mc4, near_duplicate_likeness=0.8),
        "mc4 and runs of 13 words": dataclasses.replace(mc4, max_copied_run_share=0.8),
    }


def time_jobs(rounds: int) -> dict[str, float]:
    """Processor seconds of the whole job over the sample in one process."""
    times: dict[str, list[float]] = {name: [] for name in jobs()}
    for _ in range(rounds):
        for name, config in jobs().items():
            with tempfile.TemporaryDirectory() as folder:
                started = time.process_time()
                make_corpus([f"{SAMPLE}/wet/*.wet.gz"], Path(folder) / "out", config, workers=1)
                times[name].append(time.process_time() - started)
    return {name: min(values) for name, values in times.items()}


def main() -> None:
    """Parse options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON too")
    arguments = parser.parse_args()
    pages = sample_pages()
    megabytes = sum(len(text.encode()) for _, text in pages) / 1e6
    rule_times, job_times = time_rules(pages, arguments.rounds), time_jobs(arguments.rounds)
    print(f"{len(pages):,} pages, {megabytes:.1f} MB; best of {arguments.rounds} rounds\n")
    print(f"{'rule':38} {'ms a page':>10} {'pages/s':>9} {'MB/s':>7}")
    for name, seconds in rule_times.items():
        each, rate = 1000 * seconds / len(pages), len(pages) / seconds
        print(f"{name:38} {each:>10.3f} {rate:>9,.0f} {megabytes / seconds:>7.1f}")
    print(f"\n{'job':38} {'seconds':>10} {'pages/s':>9} {'to mc4':>7}")
    for name, seconds in job_times.items():
        ratio = seconds / job_times["mc4"]
        print(f"{name:38} {seconds:>10.1f} {len(pages) / seconds:>9,.0f} {ratio:>6.2f}x")
    if arguments.json:
        found = {
            "pages": len(pages),
            "megabytes": megabytes,
            "rules": rule_times,
            "jobs": job_times,
        }
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
