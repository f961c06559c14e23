"""Draw the picture of the README from a run directory.

Usage: python docs/_readme_picture.py runs/stalins-court
"""

import sys
from pathlib import Path

import altair as alt
import pandas as pd

import vertikal
from vertikal.analysis import fan
from vertikal.laboratory import scenario_of

OUT = Path(__file__).parent / "images" / "clan-power.svg"


def main(directory: str) -> None:
    """Fans of clan power: the median, half and nine tenths of the histories."""
    ensemble = vertikal.open_ensemble(directory)
    scenario = scenario_of(ensemble)
    found = fan("clans.share", ensemble.series(["clans.share"])["clans.share"])
    frame = found.table()
    frame["row"] = frame["row"].map({k: c.name or k for k, c in scenario.clans.items()})
    frame["time"] = pd.to_datetime(frame["time"])
    frame = frame[frame["time"].dt.month % 3 == 1].round(4)
    columns = [c for c in frame.columns if c.startswith("q")]
    frame = frame.rename(
        columns=dict(zip(columns, ["low", "lower", "middle", "upper", "high"], strict=True))
    )
    base = alt.Chart(frame).encode(
        x=alt.X("time:T", title=None, axis=alt.Axis(format="%Y", tickCount=6))
    )
    share = alt.Axis(format="%", tickCount=4)
    wide = base.mark_area(opacity=0.2).encode(y=alt.Y("low:Q", title=None, axis=share), y2="high:Q")
    half = base.mark_area(opacity=0.4).encode(y="lower:Q", y2="upper:Q")
    line = base.mark_line(strokeWidth=1.5).encode(y="middle:Q")
    keep = [c.name for c in scenario.clans.values() if c.organised]
    chart = (
        alt.layer(wide, half, line)
        .properties(width=150, height=90)
        .facet(facet=alt.Facet("row:N", title=None, sort=keep), columns=4)
        .transform_filter(alt.FieldOneOfPredicate("row", keep))
        .configure(background="white")
        .configure_view(stroke=None)
    )
    chart.save(OUT)
    print(OUT)


if __name__ == "__main__":
    main(sys.argv[1])
