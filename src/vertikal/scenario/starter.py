"""A small scenario to start from."""

import re
from pathlib import Path

from vertikal.errors import VertikalError

TEMPLATE = """\
# A scenario of vertikal. Every number between 0 and 1 is a judgement: write 0.6, or 0.5 to 0.7,
# or a prior such as beta(6, 4). Check it with `vertikal check {name}.yaml`; all keys are described
# in the reference of scenario files.
vertikal: 1
name: {name}
title: A leader, two clans and a question
question: Does the clan that controls the files outlive the leader who made it?
clock: {{start: 2000-01-01, end: 2009-12-31, step: month}}
judgement: {{spread: 0.1}}          # how far plain numbers may be wrong

people:
  leader:
    name: The leader
    age: 66
    clan: court
    poles: {{technocrat: 0.3, ideocrat: 0.6, corruptionist: 0.1}}
    ambition: 0.9
  organiser:
    name: The organiser
    age: 52
    clan: engineers
    patron: leader
    poles: {{technocrat: 0.7, ideocrat: 0.2, corruptionist: 0.1}}
    proximity: 0.8
    indispensability: 0.7
  guardian:
    name: The guardian
    age: 55
    clan: guards
    patron: leader
    poles: {{technocrat: 0.4, ideocrat: 0.3, corruptionist: 0.3}}
    proximity: 0.7

clans:
  engineers: {{base: professional, cohesion: 0.5, soft_budget: 0.8, school: 0.6, cadres: 6}}
  guards: {{base: coercive, cohesion: 0.7, cadres: 6}}
  court: {{base: none, organised: false, cadres: 4}}

pacts:
  engineers: {{guards: 0.5}}        # the guards lend half of their force to the engineers

bodies:
  council: {{power: 0.6}}

offices:
  presidency: {{body: council, leader: true, grade: 1.0}}
  personnel: {{body: council, register: 1.0, grade: 0.9, holder: organiser}}
  industry: {{body: council, strategic: 0.8, grade: 0.7, holder: organiser}}
  security: {{body: council, coercion: 0.8, grip: 0.6, grade: 0.9, holder: guardian}}
  treasury: {{body: council, grade: 0.7}}

leader: {{person: leader, control: 0.8, personal_power: 0.6, established: true, since: 1990-01-01}}

events:
  crisis: {{date: 2004-06-01, title: A foreign crisis, add: {{military_industry.tension: 0.3}}}}

series: [clans.share, clans.cover, leadership.control, coercion.fear]

outcomes:
  leader-exit:
    ask: When and how does the leader go?
    first: leadership.exits >= 1
    read: leadership.exit_mode
  organiser-stays:
    ask: Is the organiser still in play at the end?
    happens: "elite.status[organiser] == active"
    from: 2009-12-01
  engineers-strong:
    ask: How strong are the engineers at the end?
    value: "clans.share[engineers]"

variants:
  no-cover:
    title: The guards lend nothing
    patch:
      pacts: {{engineers: {{guards: 0}}}}
"""


def write_starter(name: str, folder: Path) -> Path:
    """Write a small scenario with comments.

    Args:
        name: Its name: small letters, digits and hyphens.
        folder: Where `NAME.yaml` goes; made if it is not there.

    Raises:
        VertikalError: If the name is none, the file is there already, or cannot be written.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise VertikalError(
            f"{name!r} is no name for a scenario",
            mend="Use small letters, digits and hyphens, beginning with a letter.",
        )
    path = folder / f"{name}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.format(name=name))
    except FileExistsError:
        if not folder.is_dir():
            raise VertikalError(
                "this is a file, not a folder", where=str(folder), mend="Name a folder with --in."
            ) from None
        raise VertikalError(
            "there is a file of this name already", where=str(path), mend="Choose another name."
        ) from None
    except OSError as error:
        raise VertikalError(
            f"the scenario cannot be written: {error.strerror}",
            where=str(path),
            mend="Name a folder that can be written to with --in.",
        ) from error
    return path
