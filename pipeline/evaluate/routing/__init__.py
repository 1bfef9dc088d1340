"""How experts divide the languages: load, entropy, mutual information, liked pieces.

    routing.npz -> counts_file -> expert_use, liked_pieces, clustering -> by_language
    validations of metrics.jsonl -> course

Comes in: figures of the routers' counts. Stays out: the counting (`models.plugin`), the heatmap
(`pipeline.report.routing`).
"""
