"""The lists of the published marts as files: an asset and a job of their own, beside the build."""

from typing import Any

import dagster as dg

from orchestration.audiences import EXPORT_ERRORS, asked_export
from orchestration.defs.models import OWNER
from orchestration.defs.publication import published_marts

GROUP = "audiences"


class ExportConfig(dg.Config):
    """What a run may ask for: to write the files. EXPORT=1 of the environment asks for it too."""

    export: bool = False


@dg.asset(deps=[published_marts], group_name=GROUP, owners=[OWNER], kinds={"file"})
def exported_audiences(config: ExportConfig) -> dg.MaterializeResult[Any]:
    """The lists, a folder a destination; a dry run that counts them unless it is asked to write."""
    try:
        export = asked_export(config.export)
    except EXPORT_ERRORS as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    return dg.MaterializeResult(
        metadata={
            "is_dry_run": export.folder is None,
            "as_of": str(export.published.as_of),
            "version": export.published.version,
            "contacts": sum(each["contact"] for each in export.lists),
            "held_out": sum(each["holdout"] for each in export.lists),
            "lists": dg.MetadataValue.json([dict(each) for each in export.lists]),
            "folder": str(export.folder or ""),
        }
    )


export_audiences = dg.define_asset_job(
    "export_audiences",
    selection=dg.AssetSelection.groups(GROUP),
    executor_def=dg.in_process_executor,
    description="The lists of the published marts as files; a dry run unless asked to write.",
)


@dg.definitions
def audiences() -> dg.Definitions:
    """The files of the lists, and the job that writes them."""
    return dg.Definitions(assets=[exported_audiences], jobs=[export_audiences])
