"""Trains a configuration's models on shards made beforehand, and gathers what is worth keeping.

    python benchmarks/gpu_run.py DATA OUTPUT [--config FILE] [key.sub=value ...]

DATA is a folder of `mswitch prepare` (tokenizer/ and shards/). No text is prepared here, so that
the minutes of a GPU go into training alone. The models of the configuration (by default
pipeline/configs/multilingual_h200.yaml) are trained one after the other in OUTPUT/runs/;
OUTPUT/results/ gets each one's metrics and last validation, and the report of the pair: a few MB,
without checkpoints. The same command goes on where it was interrupted.
"""

import argparse
import shutil
import time
from pathlib import Path

from models.formats.run_folder import METRICS, ROUTING, SEQUENCES
from pipeline.report.build import closing_text, compare_models, compare_runs
from pipeline.run import config as configuration
from pipeline.run.plan import trainings
from pipeline.training.pretrain import pretrain

CONFIG = Path("pipeline/configs/multilingual_h200.yaml")


def main() -> None:
    """Train, report, gather."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("output", type=Path, metavar="OUTPUT")
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("overrides", nargs="*", metavar="key.sub=value")
    arguments = parser.parse_args()
    config = configuration.load(arguments.config, ["input=[unused]", *arguments.overrides])
    runs, results = arguments.output / "runs", arguments.output / "results"
    models = trainings(config)
    for name, settings in models.items():
        started = time.monotonic()
        pretrain(arguments.data, runs / name, settings)
        print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)
        (results / name).mkdir(parents=True, exist_ok=True)
        for file in (METRICS, SEQUENCES, ROUTING):
            if (runs / name / file).exists():
                shutil.copy2(runs / name / file, results / name / file)
    report = compare_runs(runs / "dense", runs / "switch", results / "report")
    compare_models([runs / name for name in models], runs / "dense", results / "comparison")
    print(closing_text(report, results / "report"))


if __name__ == "__main__":
    main()
