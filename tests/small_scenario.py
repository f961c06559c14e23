"""A small, complete scenario file, and helpers that change and load it."""

from pathlib import Path

from vertikal.scenario import check, load
from vertikal.scenario.model import Scenario

TEXT = """\
vertikal: 1
name: small-court
title: A small court
clock: {start: 1950-01-01, end: 1954-12-31, step: month}
people:
  tsar:
    name: The Tsar
    born: 1890-06-15
    clan: palace
    proximity: 1
  boris:
    clan: north
    patron: tsar
    proximity: 0.6
    poles: {technocrat: 0.5, ideocrat: 0.25, corruptionist: 0.25}
  gleb:
    clan: south
    competence: 0.7 to 0.9
    certain: true
    loyalty: 0.4
clans:
  palace: {base: none, organised: false}
  north:
    base: professional
    cohesion: 0.6
    cadres: 3
    cadre: {patron: boris, competence: 0.4}
  south: {base: territorial}
pacts:
  north: {south: 0.8}
offices:
  throne: {leader: true, policy: 2, body: council}
  guard: {holder: gleb, coercion: 0.5, body: council}
  mint: {holder: boris}
  railway: {opens: 1951-06-01}
bodies:
  council: {power: 0.8}
leader: {person: tsar, since: 1930-01-01, control: 0.9}
parameters:
  succession: {noise: 0.3}
events:
  war: {date: 1952-03-15, title: War, add: {military_industry.tension: 0.4}}
  railway-head: {date: 1951-07-01, appoint: {railway: boris}}
series: [clans.share, "elite.proximity[boris]", leadership.control]
outcomes:
  boris-falls: {ask: Is Boris struck?, happens: "elite.severity[boris] >= 0.25"}
  exit: {ask: How does the Tsar go?, first: leadership.exits >= 1, read: leadership.exit_mode}
  head-of-mint: {ask: Who heads the mint?, value: "nomenklatura.holder[mint]"}
  tension: {ask: How high is tension?, highest: military_industry.tension, from: 1952, until: 1953}
  both: {ask: Does Boris fall?, all: [boris-falls]}
history:
  boris-falls: true
  exit: {date: 1953-03, how: death}
  head-of-mint: gleb
variants:
  A:
    title: No pact
    patch: {pacts: {north: {south: 0}}}
"""


def write(folder: Path, text: str = TEXT, name: str = "small.yaml") -> Path:
    """Write a scenario file and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def changed(old: str, new: str, text: str = TEXT) -> str:
    """The text with one passage replaced; fails if the passage is not there once."""
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
    return text.replace(old, new)


def read(folder: Path, text: str = TEXT, **how) -> Scenario:
    """Load a scenario text."""
    return load(write(folder, text), **how)


def faults_of(folder: Path, text: str) -> list[str]:
    """The faults of a scenario text, each in full."""
    path = write(folder, text)
    return [str(fault).replace(str(path), "small.yaml") for fault in check(path)]
