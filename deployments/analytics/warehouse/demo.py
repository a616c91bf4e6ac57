"""The demo data: a retail company, made the same for the same day, three years ending today.

Tables: `customers`, `products`, `stores`, `employees`, `orders`, `order_lines`, `returns`, with declared keys;
`orders.amount` is the sum of the amounts of its lines. Orders grow by about 15% a year, peak in November and December,
and follow the days of the week (Saturday most, Sunday least).

What there is to find, seen from `today`:

* Footwear in the region Europe lost two thirds of its lines in the last complete quarter, and came back after it.
* Initech Group, until then one of the four largest accounts, has not ordered since the first day of the month five
  months before this one.
* In the week (Monday to Sunday) fifteen weeks before this one, orders fell to about 28% of what is usual.
* More than sixty customers have never ordered, five products were never sold, and the store Lisbon Harbour, opened nine days
  ago, has sold nothing.
* From 22 to 30 November nearly everything is discounted; in November and December toys sell best.
* Four orders in a hundred are cancelled; footwear and clothing come back most.
"""

from __future__ import annotations

import datetime as dt
from importlib.resources import files
from pathlib import Path

import duckdb


def make_demo(path: Path, today: dt.date, *, scale: float = 1.0) -> None:
    """Write the demo database to a new file. `scale` multiplies the number of orders; 1.0 gives over 300,000 lines."""
    script = files("deployments.analytics.warehouse").joinpath("demo.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET VARIABLE today = CAST($day AS DATE)", {"day": today})
        connection.execute("SET VARIABLE scale = CAST($scale AS DOUBLE)", {"scale": scale})
        connection.execute(script)
        connection.execute("CHECKPOINT")
