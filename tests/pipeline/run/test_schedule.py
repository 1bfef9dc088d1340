"""The order of work, with pieces that only pretend to work, on a clock that the test moves."""

import subprocess
from dataclasses import dataclass, field
from graphlib import CycleError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.run import schedule


@dataclass
class Piece:
    """Work that ends by itself at a time of the workshop's clock."""

    shop: "Workshop"
    name: str
    end: int
    code: int = 0
    is_stubborn: bool = False
    asked: list[str] = field(default_factory=list)

    def poll(self) -> int | None:
        if self.asked and not (self.is_stubborn and self.asked[-1] != "kill"):
            return -15
        return self.code if self.shop.now >= self.end else None

    def terminate(self) -> None:
        self.asked.append("terminate")

    def kill(self) -> None:
        self.asked.append("kill")

    def wait(self, timeout: float | None = None) -> int:
        if (code := self.poll()) is not None:
            return code
        raise subprocess.TimeoutExpired(self.name, timeout or 0)


@dataclass
class Workshop:
    """Starts pieces and checks on the way what must hold at any time."""

    needs: dict[str, list[str]]
    seconds: dict[str, int]
    jobs: int
    failing: dict[str, int] = field(default_factory=dict)
    now: int = 0
    started: list[str] = field(default_factory=list)
    pieces: dict[str, Piece] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, place: int) -> Piece:
        going = self.going()
        assert place in range(self.jobs)
        assert place not in [self.places[other] for other in going]
        assert all(self.pieces[need].poll() == 0 for need in self.needs[name])
        self.started.append(name)
        self.places[name] = place
        end = self.now + self.seconds[name]
        self.pieces[name] = Piece(self, name, end, self.failing.get(name, 0))
        return self.pieces[name]

    def going(self) -> list[str]:
        return [name for name, piece in self.pieces.items() if piece.poll() is None]

    def pause(self) -> None:
        going = self.going()
        assert len(going) <= self.jobs
        could_start = [
            name
            for name, needs in self.needs.items()
            if name not in self.pieces
            and all(need in self.pieces and self.pieces[need].poll() == 0 for need in needs)
        ]
        assert len(going) == self.jobs or not could_start
        self.now = min(self.pieces[name].end for name in going)

    def run(self) -> None:
        schedule.run(self.needs, self.jobs, self.start, self.pause)


@st.composite
def workshops(draw: st.DrawFn) -> Workshop:
    names = [f"w{number}" for number in range(draw(st.integers(1, 9)))]
    needs = {
        name: draw(st.lists(st.sampled_from(names[:number]), unique=True)) if number else []
        for number, name in enumerate(names)
    }
    listed = draw(st.permutations(names))  # the order of listing need not be one of the needs
    seconds = {name: draw(st.integers(1, 5)) for name in names}
    return Workshop({name: needs[name] for name in listed}, seconds, draw(st.integers(1, 4)))


def longest_way(shop: Workshop, name: str) -> int:
    return shop.seconds[name] + max((longest_way(shop, n) for n in shop.needs[name]), default=0)


@settings(deadline=None)
@given(workshops())
def test_everything_is_done_once_after_its_needs_and_no_place_is_idle(shop: Workshop) -> None:
    shop.run()
    assert sorted(shop.started) == sorted(shop.needs)
    assert all(piece.poll() == 0 and not piece.asked for piece in shop.pieces.values())


@settings(deadline=None)
@given(workshops())
def test_with_places_for_all_it_takes_the_longest_way_and_with_one_the_sum(shop: Workshop) -> None:
    shop.jobs = len(shop.needs)
    shop.run()
    assert shop.now == max(longest_way(shop, name) for name in shop.needs)
    alone = Workshop(shop.needs, shop.seconds, 1)
    alone.run()
    assert alone.now == sum(shop.seconds.values())


@settings(deadline=None)
@given(workshops(), st.data())
def test_a_failure_stops_what_goes_on_and_starts_nothing_more(
    shop: Workshop, data: st.DataObject
) -> None:
    bad = data.draw(st.sampled_from(sorted(shop.needs)))
    shop.failing = {bad: 3}
    with pytest.raises(schedule.FailedError) as failed:
        shop.run()
    assert (failed.value.name, failed.value.code) == (bad, 3)
    assert shop.going() == []
    stopped = {name for name, piece in shop.pieces.items() if piece.asked}
    assert all(shop.pieces[name].asked == ["terminate"] for name in stopped)
    assert bad not in stopped
    assert all(bad not in shop.needs[name] for name in shop.started)


def test_one_place_keeps_the_order_of_the_list() -> None:
    needs = {"a": [], "b": ["a"], "c": ["a"], "d": [], "e": ["c", "b"]}
    shop = Workshop(needs, dict.fromkeys(needs, 1), 1)
    shop.run()
    assert shop.started == ["a", "b", "c", "d", "e"]


def test_an_interrupt_stops_everything() -> None:
    shop = Workshop({"a": [], "b": []}, {"a": 5, "b": 5}, 2)

    def pause() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        schedule.run(shop.needs, 2, shop.start, pause)
    assert [piece.asked for piece in shop.pieces.values()] == [["terminate"], ["terminate"]]


def test_an_error_while_starting_stops_what_has_started() -> None:
    shop = Workshop({"a": [], "b": []}, {"a": 5, "b": 5}, 2)

    def start(name: str, place: int) -> Piece:
        if name == "b":
            raise OSError("no memory")
        return shop.start(name, place)

    with pytest.raises(OSError, match="no memory"):
        schedule.run(shop.needs, 2, start, shop.pause)
    assert shop.pieces["a"].asked == ["terminate"]


def test_what_does_not_end_when_asked_is_killed_after_the_grace() -> None:
    shop = Workshop({"a": [], "b": []}, {"a": 5, "b": 5}, 2)
    stubborn, obedient = shop.start("a", 0), shop.start("b", 1)
    stubborn.is_stubborn = True
    schedule.stop([stubborn, obedient], grace_seconds=0)
    assert stubborn.asked == ["terminate", "kill"]
    assert obedient.asked == ["terminate"]


def test_real_processes_are_stopped_and_one_that_refuses_is_killed() -> None:
    refuses = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    works = [
        subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE, text=True)
        for script in (refuses, "echo ready; exec sleep 60")
    ]
    for work in works:
        assert work.stdout is not None
        assert work.stdout.readline() == "ready\n"
    schedule.stop(works, grace_seconds=0.5)
    assert [work.returncode for work in works] == [-9, -15]
    for work in works:
        assert work.stdout is not None
        work.stdout.close()


def test_needs_in_a_circle_are_an_error() -> None:
    shop = Workshop({"a": ["b"], "b": ["a"]}, {"a": 1, "b": 1}, 1)
    with pytest.raises(CycleError):
        shop.run()


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({"a": []}, 1),
        ({"a": [], "b": ["a"], "c": ["b"]}, 1),
        ({"a": [], "b": ["a"], "c": ["a"], "d": ["a"], "e": ["b", "c"]}, 3),
        ({"a": [], "b": [], "c": ["a"]}, 2),
    ],
)
def test_width_is_the_largest_level(needs: dict[str, list[str]], expected: int) -> None:
    assert schedule.width(needs) == expected
