"""Parameters, FLOPs and memory of a model, counted on torch's meta device (no memory needed).

    counts, memory -> description <- published (the paper's own figures)

Comes in: figures that follow from a configuration. Stays out: measured times (`benchmarks`), and
how figures are shown (`pipeline.report`).
"""
