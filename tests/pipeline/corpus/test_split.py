import hashlib

from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus import split
from pipeline.corpus.split import ALL_BY_SHARE, add_sizes, one_page, split_rank, validation_limit

DIGESTS = [hashlib.md5(str(number).encode()).digest() for number in range(20_000)]


def test_a_share_of_1_in_1000_is_the_one_of_mc4():
    by_us = [split_rank(digest, 0.001) < ALL_BY_SHARE for digest in DIGESTS]
    by_tfds = [int(digest.hex(), 16) % 1000 == 0 for digest in DIGESTS]
    assert by_us == by_tfds
    assert sum(by_us) > 5


def test_shares():
    assert 1800 < sum(split_rank(digest, 0.1) < ALL_BY_SHARE for digest in DIGESTS) < 2200
    assert not any(split_rank(digest, 0.0) < ALL_BY_SHARE for digest in DIGESTS)


def held_out(digests: list[bytes], share: float, minimum: int) -> set[bytes]:
    ranks = {digest: split_rank(digest, share) for digest in digests}
    limit = validation_limit(add_sizes(one_page(r, 0) for r in ranks.values()), minimum)
    return {digest for digest, rank in ranks.items() if rank < limit}


@given(st.integers(0, 300), st.integers(0, 20), st.sampled_from([0.0, 0.001, 0.1, 0.5]))
def test_every_language_has_both_parts(pages, minimum, share):
    digests = DIGESTS[:pages]
    chosen = held_out(digests, share, minimum)
    by_share = {digest for digest in digests if split_rank(digest, share) < ALL_BY_SHARE}
    assert len(chosen) == min(max(len(by_share), minimum), pages // 2)
    assert chosen <= by_share or by_share <= chosen


def test_more_pages_move_only_pages_that_the_minimum_had_added():
    few, many = held_out(DIGESTS[:30], 0.001, 5), held_out(DIGESTS[:60], 0.001, 5)
    assert len(few) == len(many) == 5
    smallest = sorted(DIGESTS[:60], key=lambda digest: split_rank(digest, 0.001))[:5]
    assert many == set(smallest)


def test_sizes_add_up_in_any_grouping():
    ranks = [split_rank(digest, 0.1) for digest in DIGESTS]
    whole = add_sizes(one_page(rank, 10) for rank in ranks)
    halves = add_sizes(
        [
            add_sizes(one_page(r, 10) for r in ranks[:777]),
            add_sizes(one_page(r, 10) for r in ranks[777:]),
        ]
    )
    assert whole == halves
    assert whole.pages == 20_000
    assert whole.text_bytes == 200_000
    assert list(whole.ranks) == sorted(ranks)[: len(whole.ranks)]


def test_shard_counts():
    assert [split.shard_count(n, 100, 8) for n in (0, 100, 101, 350, 10_000)] == [1, 1, 2, 4, 8]
    assert split.bucket_count(1000, 100) == 16


def test_buckets_are_ranges_of_the_digest():
    buckets = [split.bucket(digest, 8) for digest in sorted(DIGESTS)]
    assert buckets == sorted(buckets)
    assert set(buckets) == set(range(8))
