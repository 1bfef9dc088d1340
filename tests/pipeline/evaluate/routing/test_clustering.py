import numpy as np
import pytest

from pipeline.evaluate.routing.clustering import cluster


def test_average_linkage_by_hand() -> None:
    # 0 and 2 are near, 1 and 3 are near; the pairs are 0.8 apart in the mean.
    apart = np.array(
        [[0, 0.9, 0.1, 0.8], [0.9, 0, 0.8, 0.2], [0.1, 0.8, 0, 0.7], [0.8, 0.2, 0.7, 0]]
    )
    tree = cluster(apart)
    assert tree.order in ([0, 2, 3, 1], [1, 3, 2, 0])  # 2 and 3 are the nearest ends
    place = {leaf: index for index, leaf in enumerate(tree.order)}
    first, second, third = tree.merges
    assert ({*first[:2]}, first[2]) == ({place[0], place[2]}, pytest.approx(0.1))
    assert ({*second[:2]}, second[2]) == ({place[1], place[3]}, pytest.approx(0.2))
    assert ({*third[:2]}, third[2]) == ({4, 5}, pytest.approx(0.8))


def test_few_languages() -> None:
    assert cluster(np.zeros((0, 0))) == ([], [])
    assert cluster(np.zeros((1, 1))) == ([0], [])
    assert cluster(np.zeros((2, 2))).merges == [(0, 1, 0.0)]
