"""How evenly a sparse run has used its experts, from its train lines."""

from langs.errors import InputError
from pipeline.evaluate.report import ExpertLoad
from pipeline.evaluate.runs.metrics import Run, TrainStep

MOST_POINTS = 200  # points of a curve that is kept for drawing


def routing(run: Run) -> ExpertLoad | None:
    """Balance of a sparse run; None for a run without experts.

    `steps`, `balance_loss`, `dropped_fraction`: curves of at most 200 points, each the mean of
    neighbouring train lines. `expert_load`: [sparse layer][expert] share of tokens, mean over the
    last tenth of the train lines. Raises InputError if layers or experts change inside the run.
    """
    sparse = [line for line in run.train if line.expert_load]
    if not sparse:
        return None
    if len({_shape(line) for line in sparse}) > 1:
        raise InputError(
            f'{run.path}: "expert_load" changes its shape; two runs wrote into one file'
        )
    groups = _groups(sparse)
    return ExpertLoad(
        steps=[group[-1].step for group in groups],
        balance_loss=[_mean([line.balance_loss for line in group]) for group in groups],
        dropped_fraction=[_mean([line.dropped_fraction for line in group]) for group in groups],
        expert_load=_mean_load(sparse[-max(1, len(sparse) // 10) :]),
    )


def _shape(line: TrainStep) -> tuple[int, ...]:
    return tuple(len(layer) for layer in line.expert_load or [])


def _groups(lines: list[TrainStep]) -> list[list[TrainStep]]:
    size = -(-len(lines) // MOST_POINTS)
    return [lines[start : start + size] for start in range(0, len(lines), size)]


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _mean_load(lines: list[TrainStep]) -> list[list[float]]:
    tables = [line.expert_load for line in lines if line.expert_load]
    return [
        [sum(shares) / len(shares) for shares in zip(*layers, strict=True)]
        for layers in zip(*tables, strict=True)
    ]
