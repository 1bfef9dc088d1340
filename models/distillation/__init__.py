"""Soft targets of a sparse teacher for a dense student (arXiv 2101.03961, section 4.2).

    teacher beside the student ------------------\
    teacher -> store (top K of each token) -------+-> teachers -> the loss in models.plugin

Comes in: where soft targets come from. Stays out: the loss (`models.plugin`), a student's first
weights (`models.weights`) and the stages around it (`pipeline.training`).
"""
