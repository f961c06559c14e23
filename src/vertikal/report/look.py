"""Colours, and how they get into pictures.

Pictures name colours by role. Altair cannot draw in roles, so each role has a stand-in colour,
which the finished SVG exchanges for a CSS variable; light, dark and print then follow the page.
The categorical colours are those of Okabe, M. and Ito, K. (2008), *Color Universal Design*, made
darker for light paper and lighter for dark, so that each stands out from it by 3 to 1 or more.
"""

PALETTES: dict[str, dict[str, str]] = {
    "light": {
        "paper": "#ffffff",
        "panel": "#f5f5f2",
        "ink": "#1b1c1d",
        "muted": "#5b5f63",
        "line": "#d5d6d2",
        "accent": "#0b5d92",
        "c1": "#0072b2",
        "c2": "#d55e00",
        "c3": "#00875f",
        "c4": "#ad4f88",
        "c5": "#b07400",
        "c6": "#2b8cc4",
        "c7": "#7d6d00",
        "c8": "#55585c",
    },
    "dark": {
        "paper": "#141618",
        "panel": "#1d2023",
        "ink": "#e8e8e4",
        "muted": "#a3a7ab",
        "line": "#3a3e42",
        "accent": "#7cc0ee",
        "c1": "#58aee6",
        "c2": "#ff8a4c",
        "c3": "#2fc496",
        "c4": "#e597c3",
        "c5": "#f0b23a",
        "c6": "#93d2f7",
        "c7": "#e3d65c",
        "c8": "#b6b9bc",
    },
}

CATEGORICAL = tuple(f"c{i}" for i in range(1, 9))
"""Roles of colours that tell things apart, in order."""

_ROLES = tuple(PALETTES["light"])
_STAND_INS = {role: f"#0d0c{i:02x}" for i, role in enumerate(_ROLES, start=1)}


def stand_in(role: str) -> str:
    """The colour that stands for a role until the picture is finished."""
    return _STAND_INS[role]


def by_role(svg: str) -> str:
    """The picture with every stand-in exchanged for its CSS variable."""
    for role, colour in _STAND_INS.items():
        svg = svg.replace(colour, f"var(--{role})")
    return svg


def variables(theme: str) -> str:
    """The CSS declarations of a theme."""
    return "".join(f"--{role}:{colour};" for role, colour in PALETTES[theme].items())
