"""Files of training runs, read and checked: metrics, sequences, seeds, which runs compare.

Comes in: readers of files that `models.plugin` writes, and the pairing of runs. Stays out: measures
of gain, which work on the typed runs of this room.
"""
