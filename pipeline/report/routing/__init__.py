"""The sections on experts and languages and on routers over the steps: figures and tables.

Comes in: views of the report's routing figures. Stays out: the figures (`evaluate.routing`).
"""
