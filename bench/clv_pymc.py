"""pymc-marketing's MAP fit and scores of a Parquet file of histories; prints seconds as JSON.

Run by bench.clv with an interpreter that has requirements/bench.in; imports are not counted.
"""

import json
import sys
import time

import duckdb
from pymc_marketing.clv import BetaGeoModel


def main(path: str) -> None:
    """Fit, score, print."""
    histories = duckdb.execute(
        "select customer_id, cast(frequency as double) as frequency, recency_days / 7 as recency,"
        f" age_days / 7 as \"T\" from '{path}'"
    ).df()
    start = time.monotonic()
    model = BetaGeoModel(data=histories)
    model.fit(method="map", progressbar=False)
    fitted = time.monotonic()
    orders = model.expected_purchases(future_t=52)
    alive = model.expected_probability_alive()
    if orders.size != len(histories) or alive.size != len(histories):
        raise RuntimeError("not every customer was scored")
    print(json.dumps({"fit": fitted - start, "score": time.monotonic() - fitted}))


if __name__ == "__main__":
    main(sys.argv[1])
