"""The fit of the purchase models: an asset between the facts and the marts that predict."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.defs.models import FITTED_KEYS, FRESHNESS, MANIFEST, OWNER, POOL, asset_key
from orchestration.fit import Fit
from orchestration.manifest import BEFORE_FIT
from orchestration.previews import markdown_table
from orchestration.run_record import RunRecord

FACT_KEYS = [asset_key(node) for node in MANIFEST["nodes"].values() if BEFORE_FIT in node["tags"]]


def fits_table(fits: list[Fit]) -> str:
    """The fits as a Markdown table."""
    names = ["model", "sample", "version", "customers", "log-likelihood", "fitted now", "note"]
    return markdown_table(
        names,
        [
            (
                each.model,
                each.sample,
                each.version,
                each.customers,
                each.log_likelihood,
                "yes" if each.is_new else "no: nothing has changed",
                each.note,
            )
            for each in fits
        ],
    )


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            key,
            deps=FACT_KEYS,
            description="Purchase models fitted to the facts of this run, kept over builds.",
            group_name="purchase_models",
            owners=[OWNER],
            kinds={"python", "scipy"},
            freshness_policy=FRESHNESS,
        )
        for key in FITTED_KEYS
    ],
    name="purchase_model_fits",
    pool=POOL,
    required_resource_keys={"warehouse"},
)
def purchase_model_fits(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any]]:
    """Fit BG/NBD, Gamma-Gamma and sBG where their data have moved; nothing here stops a build."""
    record: RunRecord = context.resources.warehouse
    fits = record.fit()
    for key in FITTED_KEYS:
        yield dg.MaterializeResult(
            asset_key=key,
            metadata={
                "fits": dg.MetadataValue.md(fits_table(fits)),
                "fitted_now": sum(each.is_new for each in fits),
                "not_usable": sum(not each.is_converged for each in fits),
            },
        )
