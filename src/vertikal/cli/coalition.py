"""`vertikal coalition`: say which coalition ends up ruling, and why not the others.

Nothing heavy is imported until the command runs; the picture is in `vertikal.report.bargaining`.
"""

from fractions import Fraction
from typing import Annotated, Any

import typer

from vertikal.cli.printing import Json, Svg, check_svg, console, new_table, print_json, tell_rest
from vertikal.errors import VertikalError
from vertikal.scenario.faults import shown_of, suggest

_SHOWN = 40
"""Rows of coalitions in a table; the rest is counted."""
_LISTED_PLAYERS = 12
"""Most players for whom every coalition is listed: 4095 of them."""


NUMBERS = {"ignore_unknown_options": True}
"""Settings by which `-1` is taken for a power, which is then refused as one, and for no option."""
_OPTIONS = ("--alpha", "--names", "--json", "--svg", "--help")


def coalition(
    powers: Annotated[
        list[str], typer.Argument(help="Power of each player: whole numbers or fractions.")
    ],
    alpha: Annotated[
        str, typer.Option(help="Share of power that a coalition must exceed to win.")
    ] = "1/2",
    names: Annotated[
        str | None, typer.Option(help="Names of the players, with commas between them.")
    ] = None,
    as_json: Json = False,
    svg: Svg = None,
) -> None:
    """Say which coalition ends up ruling when nobody can promise anything."""
    from vertikal.theory.coalitions import members, urc

    strength = [_power(power) for power in powers]
    called = (
        [n.strip() for n in names.split(",")]
        if names
        else [f"P{k + 1}" for k in range(len(strength))]
    )
    if len(called) != len(strength) or len(set(called)) < len(called) or "" in called:
        raise VertikalError(
            f"{len(called)} name(s) for {len(strength)} player(s), {len(set(called))} different",
            where="--names",
            mend="Give each player one name of its own, with commas between them.",
        )
    check_svg(svg)
    if svg is not None and len(strength) > _LISTED_PLAYERS:
        raise VertikalError(
            f"{len(strength)} players make too many coalitions for a picture",
            where="--svg",
            mend=f"Leave it out, or give at most {_LISTED_PLAYERS} players.",
        )
    share = _fraction(alpha, "--alpha")
    try:
        ruling = urc(strength, share)
        rows = coalition_rows(strength, share) if len(strength) <= _LISTED_PLAYERS else []
    except ValueError as error:
        raise VertikalError(str(error)) from None
    content = {
        "players": dict(zip(called, map(str, strength), strict=True)),
        "alpha": str(share),
        "ruling": [[called[k] for k in members(m, len(strength))] for m in ruling.masks],
        "power": str(ruling.power),
        "unique": ruling.unique,
        "coalitions": [_named(row, called) for row in rows],
    }
    if as_json:
        print_json(content)
    else:
        _tell_coalitions(content)
    if svg is not None:
        from vertikal.report.bargaining import draw_coalitions

        draw_coalitions(svg, content)


def _power(text: str) -> Fraction:
    if text.startswith("-") and text[1:2] not in "0123456789.":
        raise VertikalError(f"No such option: {text}", mend=suggest(text, _OPTIONS, "options"))
    return _fraction(text, "POWERS")


def _fraction(text: str, where: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise VertikalError(
            f'"{text}" is not a number', where=where, mend="Write 3, 0.58 or 4/7."
        ) from None


def coalition_rows(powers: list[Fraction], alpha: Fraction) -> list[dict[str, Any]]:
    """Every coalition: its power, whether it wins and holds together, and what would break it.

    Args:
        powers: Of the players, positive.
        alpha: Share to be exceeded, 1/2 to below 1.

    Returns:
        One entry a coalition, by falling power: `mask`, `power` and `share` of all power; `wins`
        among all players; `self_enforcing`; and `blocked_by`, the masks of the weakest
        self-enforcing parts that win within it, that is, of what would rule if this coalition had
        shut out the rest. Empty if it is self-enforcing.

    Raises:
        ValueError: As `vertikal.theory.coalitions.self_enforcing`.
    """
    from vertikal.theory.coalitions import self_enforcing

    stable = self_enforcing(powers, alpha)
    count = 1 << len(powers)
    power = [
        sum((p for k, p in enumerate(powers) if m >> k & 1), Fraction(0)) for m in range(count)
    ]
    rows = []
    for mask in range(1, count):
        breakers: list[int] = []
        part = (mask - 1) & mask if not stable[mask] else 0
        while part:
            if stable[part] and power[part] > alpha * power[mask]:
                breakers.append(part)
            part = (part - 1) & mask
        least = min((power[part] for part in breakers), default=None)
        rows.append(
            {
                "mask": mask,
                "power": power[mask],
                "share": float(power[mask] / power[-1]),
                "wins": power[mask] > alpha * power[-1] or mask == count - 1,
                "self_enforcing": bool(stable[mask]),
                "blocked_by": [part for part in breakers if power[part] == least],
            }
        )
    return sorted(rows, key=lambda row: (-row["power"], row["mask"]))


def _named(row: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """A row with names in place of masks."""
    from vertikal.theory.coalitions import members

    def called(mask: int) -> list[str]:
        return [names[k] for k in members(mask, len(names))]

    return {
        "members": called(row["mask"]),
        "power": str(row["power"]),
        "share": row["share"],
        "wins": row["wins"],
        "self_enforcing": row["self_enforcing"],
        "blocked_by": [called(mask) for mask in row["blocked_by"]],
    }


def _tell_coalitions(content: dict[str, Any]) -> None:
    terminal = console()
    winning = [row for row in content["coalitions"] if row["wins"]]
    if winning:
        shown = new_table(
            "winning coalition", "self-enforcing", "broken up by", "power", "share", numbers=2
        )
        most = shown_of(len(winning), _SHOWN)
        for row in winning[:most]:
            rules = row["members"] in content["ruling"]
            shown.add_row(
                " ".join(row["members"]),
                "yes" if row["self_enforcing"] else "no",
                " or ".join(" ".join(part) for part in row["blocked_by"]) or "nobody",
                row["power"],
                f"{row['share']:.0%}",
                style="bold" if rules else "",
            )
        terminal.print(shown)
        tell_rest(terminal, len(winning) - most)
    ruling = " or ".join(" ".join(members) for members in content["ruling"])
    terminal.print(f"Rules in the end: {ruling}", style="bold")
    if not content["unique"]:
        terminal.print("A tie: the theory does not choose among them.")
