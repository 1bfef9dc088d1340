"""The section on experts and languages: heatmap, tables of the routers, liked pieces.

Comes in: views of the report's routing figures. Stays out: the figures (`evaluate.routing`).
"""
