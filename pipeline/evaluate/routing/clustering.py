"""Languages in an order in which neighbours are alike, and the tree behind it."""

from typing import NamedTuple

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform


class Tree(NamedTuple):
    """A hierarchical clustering (average linkage)."""

    order: list[int]  # the leaves from one end to the other
    merges: list[tuple[int, int, float]]  # two nodes, and the distance at which they become one


def cluster(distances: np.ndarray) -> Tree:
    """Cluster by distances [N, N], symmetric, 0 on the diagonal.

    Nodes below N are places in `order`, and merge i makes node N + i. Branches are turned so that
    neighbours are as near as the tree allows (Bar-Joseph et al. 2001).
    """
    number = len(distances)
    if number < 2:
        return Tree(list(range(number)), [])
    pairs = squareform(distances, checks=False)
    links = linkage(pairs, "average", optimal_ordering=True)
    order = leaves_list(links).tolist()
    place = {leaf: index for index, leaf in enumerate(order)}
    merges = [
        (place.get(int(a), int(a)), place.get(int(b), int(b)), float(height))
        for a, b, height, _ in links
    ]
    return Tree(order, merges)
