"""TensorBoard of a run that goes on: one point a step, also after kills."""

from functools import partial

from fairseq.logging import progress_bar


def hide_points_beyond(step: int) -> None:
    """Let TensorBoard forget what a killed run wrote beyond its checkpoint, which comes again.

    step: the updates behind the checkpoint. fairseq makes its writers at their first point, so
    this is called before.
    """
    if progress_bar.SummaryWriter is not None:  # None: TensorBoard is not installed
        writer = progress_bar.SummaryWriter
        progress_bar.SummaryWriter = partial(writer, purge_step=step + 1)
