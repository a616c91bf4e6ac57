"""How every chart looks: colours that colour-blind readers can tell apart, type, spacing."""

from __future__ import annotations

from typing import Any

# Paul Tol's "bright" scheme (SRON/EPS/TN/09-002, issue 3.2) with a dark blue before its grey.
PALETTE = ("#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#1B2A49", "#BBBBBB")
MORE = ("#882255", "#44AA99", "#999933", "#DDCC77")
INK, QUIET, RULE = "#1F2933", "#52606D", "#E4E7EB"
FONT = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
WIDTH, HEIGHT = 640, 340

CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "white",
    "padding": 16,
    "view": {"stroke": None},
    # A group without a value keeps its place on the axis.
    "mark": {"invalid": "break-paths-show-domains"},
    "range": {"category": [*PALETTE, *MORE]},
    "title": {
        "anchor": "start", "frame": "group", "color": INK, "fontSize": 16, "fontWeight": 600, "subtitleColor": QUIET,
        "subtitleFontSize": 12, "subtitlePadding": 6, "offset": 16,
    },
    "axis": {
        "labelColor": QUIET, "labelFontSize": 12, "titleColor": QUIET, "titleFontSize": 12, "titleFontWeight": 500,
        "titlePadding": 10, "domainColor": "#CBD2D9", "tickColor": "#CBD2D9", "gridColor": RULE, "labelLimit": 220,
        "labelPadding": 6, "ticks": False,
    },
    "axisQuantitative": {"labelOverlap": "greedy", "labelSeparation": 8},
    "legend": {
        "labelColor": INK, "labelFontSize": 12, "titleColor": QUIET, "titleFontSize": 12, "titleFontWeight": 500,
        "orient": "right", "labelLimit": 180, "symbolType": "circle",
    },
    "bar": {"color": PALETTE[0], "cornerRadiusEnd": 2},
    "line": {"color": PALETTE[0], "strokeWidth": 2.25},
    "area": {"color": PALETTE[0]},
    "point": {"color": PALETTE[0], "filled": True},
    "arc": {"stroke": "white", "strokeWidth": 1.5},
    "text": {"color": INK, "fontSize": 12},
    "boxplot": {"color": PALETTE[0]},
}  # fmt: skip
