"""The last steps of a build: the published file, if every check above it has passed."""

from typing import Any

import dagster as dg
import duckdb

from orchestration.defs.models import FRESHNESS, MANIFEST, OWNER, POOL, asset_key
from orchestration.publish import PublicationRefusedError, last_publication
from orchestration.run_record import RunRecord

PUBLIC_KEYS = [
    asset_key(node)
    for node in MANIFEST["nodes"].values()
    if node["resource_type"] == "model" and node["config"]["access"] == "public"
]


@dg.asset(
    deps=PUBLIC_KEYS,
    group_name="publication",
    owners=[OWNER],
    kinds={"duckdb", "file"},
    freshness_policy=FRESHNESS,
    pool=POOL,
    required_resource_keys={"warehouse"},
)
def published_marts(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """The file that readers open: a whole new version, or the one before."""
    record: RunRecord = context.resources.warehouse
    try:
        path = record.publish()
    except (PublicationRefusedError, OSError, duckdb.Error) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    publication = last_publication(record.settings.published_file) or {}
    return dg.MaterializeResult(
        metadata={
            "file": dg.MetadataValue.path(str(record.settings.published_file)),
            "version": path.stem.removeprefix("marts-"),
            "as_of": str(publication.get("as_of")),
            "git_commit": str(publication.get("git_commit")),
            "checks_run": int(publication.get("checks_run") or 0),
            "bytes": path.stat().st_size,
        }
    )


@dg.asset(
    deps=[published_marts],
    group_name="publication",
    owners=[OWNER],
    kinds={"html"},
    freshness_policy=FRESHNESS,
    required_resource_keys={"warehouse"},
)
def quality_report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """One page of the run: checks, failing rows, drift, row balance, history."""
    path = context.resources.warehouse.write_report()
    return dg.MaterializeResult(
        metadata={"page": dg.MetadataValue.path(str(path)), "bytes": path.stat().st_size}
    )


@dg.asset(
    deps=[published_marts],
    group_name="publication",
    owners=[OWNER],
    kinds={"html"},
    freshness_policy=FRESHNESS,
    required_resource_keys={"warehouse"},
)
def overview_report(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
    """The overview of what was published, as one page without network or script."""
    from report.published import Published
    from report.static import write_static

    record: RunRecord = context.resources.warehouse
    path = record.settings.overview_file
    if record.published is None:
        raise dg.Failure("this run has published nothing", allow_retries=False)
    write_static(path, Published(record.published))
    return dg.MaterializeResult(
        metadata={"page": dg.MetadataValue.path(str(path)), "bytes": path.stat().st_size}
    )
