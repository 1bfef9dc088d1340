"""Sparse layers: the router, the dispatch of tokens, and layers of experts."""
