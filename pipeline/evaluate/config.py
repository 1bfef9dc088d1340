"""Settings of the comparison."""

from dataclasses import dataclass


@dataclass
class EvaluateConfig:
    """What the report holds the result against; it changes no number."""

    aim_share_better: float = 0.9  # share of languages better at the end, 0 to 1
    aim_mean_step_speedup: float = 1.3  # baseline steps / model steps, mean over languages
    aim_step_time_ratio: float = 1.5  # model's seconds per step / baseline's, at most
