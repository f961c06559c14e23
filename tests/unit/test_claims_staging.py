"""Who plays what, and when, with trials and histories that are stand-ins."""

import contextlib
import dataclasses
import threading

import numpy as np
import pyarrow as pa
import pytest

from vertikal.claims import staging
from vertikal.claims.sharing import Arm


@dataclasses.dataclass(frozen=True)
class Program:
    name: str
    ticks: int


class Played:
    """Histories that note what is asked of them."""

    def __init__(self, name, log, ticks=10, program="one"):
        self.name, self.log, self.plan = name, log, Program(program, ticks)

    def prepare(self):
        self.log.append(("prepare", self.plan.name))

    def outcomes_of(self, runs):
        self.log.append((self.name, *runs.tolist()))
        return pa.table({"run": runs})


class Trial:
    """A trial of so many batches of four histories."""

    def __init__(self, name, stage, arms, batches, log):
        self.name, self.stage, self.batches, self.log = name, stage, batches, log
        self.arms = {n: Arm(histories, "answer") for n, histories in arms.items()}
        self.seen, self.is_open = [], False

    @property
    def wanted(self):
        first = 4 * len(self.seen)
        return np.arange(first, first + 4) if len(self.seen) < self.batches else None

    @property
    def histories(self):
        return 4 * len(self.seen)

    @contextlib.contextmanager
    def open(self):
        self.is_open = True
        try:
            yield
        finally:
            self.is_open = False

    def take(self, tables):
        assert self.is_open
        self.seen.append({arm: t.column("run").to_pylist() for arm, t in tables.items()})
        self.log.append(("look", self.name))


class Ahead(Trial):
    """Asks for the second batch first."""

    @property
    def wanted(self):
        runs = super().wanted
        return None if runs is None else (runs + 4) % 8


def test_equal_arms_are_played_once_and_each_trial_sees_its_own(monkeypatch):
    log, told = [], []
    base, one, two = (Played(n, log) for n in ("base", "one", "two"))
    short = Trial("short", "here", {"without": base, "with": one}, 1, log)
    long = Trial("long", "here", {"without": base, "with": two}, 3, log)
    staging.play([short, long], 2, told.append)
    assert log.count(("prepare", "one")) == 1
    assert told == ["here: programs are made ready"]
    played = sorted(entry for entry in log if len(entry) == 5)
    batches = [(0, 1, 2, 3), (4, 5, 6, 7), (8, 9, 10, 11)]
    assert played == sorted(
        [("one", *batches[0]), *((n, *runs) for n in ("base", "two") for runs in batches)]
    )
    assert short.seen == [{"without": [0, 1, 2, 3], "with": [0, 1, 2, 3]}]
    assert [seen["with"][0] for seen in long.seen] == [0, 4, 8]
    assert not short.is_open
    assert not long.is_open


def test_what_another_asks_for_later_is_not_played_again():
    log = []
    base = Played("base", log)
    trials = [kind(n, "here", {"only": base}, 2, log) for n, kind in (("a", Trial), ("b", Ahead))]
    staging.play(trials, 2, lambda words: None)
    assert [e for e in log if e[0] == "base"] == [("base", *range(8))]
    assert [seen["only"][0] for seen in trials[0].seen] == [0, 4]
    assert [seen["only"][0] for seen in trials[1].seen] == [4, 0]


def test_no_trial_goes_far_before_all_have_come_as_far(monkeypatch):
    monkeypatch.setattr(staging, "SOON", 8)
    log = []
    quick = Trial("quick", "quick", {"only": Played("a", log, 5, "a")}, 4, log)
    slow = Trial("slow", "slow", {"only": Played("b", log, 50, "b")}, 3, log)
    staging.play([slow, quick], 1, lambda words: None)
    looks = [name for kind, name in (e for e in log if e[0] == "look")]
    assert looks == ["quick"] * 2 + ["slow"] * 2 + ["quick"] * 2 + ["slow"]


def test_what_one_has_seen_soon_another_asks_for_later_and_is_not_played_again(monkeypatch):
    monkeypatch.setattr(staging, "SOON", 4)
    log = []
    base = Played("base", log)
    trials = [kind(n, "here", {"only": base}, 2, log) for n, kind in (("a", Trial), ("b", Ahead))]
    staging.play(trials, 2, lambda words: None)
    assert [e for e in log if e[0] == "base"] == [("base", *range(8))]


def test_stages_with_little_to_do_come_first():
    log = []
    quick = Trial("quick", "quick", {"only": Played("a", log, 5, "a")}, 1, log)
    slow = Trial("slow", "slow", {"only": Played("b", log, 50, "b")}, 1, log)
    staging.play([slow, quick], 1, lambda words: None)
    assert [name for kind, name in (e for e in log if e[0] == "look")] == ["quick", "slow"]


def test_one_stage_is_compiled_while_another_is_played():
    log, both = [], threading.Barrier(2, timeout=20)

    class Meeting(Played):
        def prepare(self):
            if self.name == "late":
                both.wait()

        def outcomes_of(self, runs):
            if self.name == "early":
                both.wait()
            return super().outcomes_of(runs)

    early = Trial("early", "early", {"only": Meeting("early", log, 5, "a")}, 1, log)
    late = Trial("late", "late", {"only": Meeting("late", log, 50, "b")}, 1, log)
    staging.play([early, late], 2, lambda words: None)
    assert early.seen
    assert late.seen


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ValueError])
def test_a_fault_stops_all_stages_and_is_told(fault):
    log = []

    class Broken(Played):
        def outcomes_of(self, runs):
            if runs[0]:
                raise fault
            return super().outcomes_of(runs)

    broken = Trial("broken", "broken", {"only": Broken("a", log, 5, "a")}, 2, log)
    endless = Trial("endless", "endless", {"only": Played("b", log, 50, "b")}, 10**9, log)
    with pytest.raises(fault):
        staging.play([broken, endless], 2, lambda words: None)
    assert len(broken.seen) == 1
    assert not broken.is_open
    assert not endless.is_open


def test_nothing_to_do_is_done():
    staging.play([], 2, lambda words: None)
