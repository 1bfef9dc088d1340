"""Names and layouts of files that one room writes and another reads.

    data_folder: of `mswitch prepare` and `bitext`, read by models.data
    run_folder: of a training (models.plugin), read by pipeline.evaluate

Comes in: constants, and the few lines that keep files whole. Stays out: readers and writers.
Imports numpy alone, so that workers and the evaluator import it at no cost.
"""
