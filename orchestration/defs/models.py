"""dbt's models as assets and its tests as checks: two dbt processes, the first gates the second."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtProject, dbt_assets

from orchestration.dbt_run import DbtFailedError, DbtResult
from orchestration.manifest import (
    blocks,
    built_nodes,
    ensure_manifest,
    is_in_ledger_stage,
    judged_node,
    purpose,
    stage_arguments,
)
from orchestration.previews import Preview, preview_marts
from orchestration.run_record import RunRecord
from orchestration.settings import read_settings

SETTINGS = read_settings()
MANIFEST = ensure_manifest(SETTINGS)
OWNER = "team:data-engineering"
# A daily build that is two hours late is worth a look, six hours late is wrong.
FRESHNESS = dg.FreshnessPolicy.time_window(
    warn_window=timedelta(hours=26), fail_window=timedelta(hours=30)
)
POOL = "warehouse"
# Made by the fit, not read from files.
FITTED_KEYS = [dg.AssetKey(["raw", name]) for name in ("model_fits", "model_parameters")]


def asset_key(node: Mapping[str, Any]) -> dg.AssetKey:
    """[schema, table] of a model, seed or source."""
    return dg.AssetKey([node["schema"], node.get("alias") or node["name"]])


def group_name(node: Mapping[str, Any]) -> str:
    """The layer, and for metrics the topic: the folder of the model."""
    if node["resource_type"] == "source":
        return "raw"
    if node["schema"] == "metrics":
        return f"metrics_{node['fqn'][2]}"
    return str(node["schema"])


def owners(node: Mapping[str, Any]) -> list[str]:
    """The owner of the dbt group where the model has one, else the engineers."""
    group = MANIFEST["groups"].get(f"group.retention_marts.{node.get('config', {}).get('group')}")
    return [group["owner"]["email"]] if group else [OWNER]


class Translator(DagsterDbtTranslator):
    """How dbt's nodes look in Dagster."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """[schema, table], without the schema that the file's name repeats."""
        return asset_key(dbt_resource_props)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """See group_name."""
        return group_name(dbt_resource_props)

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> Sequence[str]:
        """See owners; asks the node again, since dagster-dbt swaps its group for a mapping."""
        return owners(dbt_resource_props)

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The description, and the grain where the model tells it."""
        grain = dbt_resource_props.get("config", {}).get("meta", {}).get("grain")
        description = str(dbt_resource_props["description"])
        return f"{description}\n\nOne row: {', '.join(grain)}." if grain else description

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """dagster-dbt's spec with the freshness that its table is held to."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = self.get_resource_props(manifest, unique_id)
        if node["resource_type"] == "model" and spec.freshness_policy is None:
            return spec.replace_attributes(freshness_policy=FRESHNESS)
        return spec

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,  # noqa: ARG002 (part of the signature)
    ) -> dg.AssetCheckSpec | None:
        """A test as a check of the one table that `judged_node` names."""
        test = manifest["nodes"][unique_id]
        node = judged_node(manifest, test)
        if node is None or asset_key(manifest["nodes"][node]) != asset_spec.key:
            return None
        others = {
            asset_key(manifest["nodes"].get(each) or manifest["sources"][each])
            for each in test["depends_on"]["nodes"]
        }
        return dg.AssetCheckSpec(
            name=test["name"],
            asset=asset_spec.key,
            description=purpose(manifest, test) or None,
            additional_deps=others - {asset_spec.key},
            blocking=blocks(test),
        )


TRANSLATOR = Translator()


def check_result(test: Mapping[str, Any], unique_id: str, result: DbtResult) -> dg.AssetCheckResult:
    """What a test found, with the number of rows it found for the UI to plot."""
    status = result.statuses[unique_id]
    metadata: dict[str, Any] = {"failing_rows": result.failures[unique_id], "status": status}
    if result.messages[unique_id]:
        metadata["message"] = result.messages[unique_id]
    if unique_id in result.samples:
        metadata["sample"] = dg.MetadataValue.json(result.samples[unique_id])
    node = judged_node(MANIFEST, test)
    return dg.AssetCheckResult(
        check_name=test["name"],
        asset_key=asset_key(MANIFEST["nodes"][node]) if node else None,
        passed=status == "pass",
        severity=dg.AssetCheckSeverity.ERROR if blocks(test) else dg.AssetCheckSeverity.WARN,
        metadata=metadata,
    )


def stage_events(
    context: dg.AssetExecutionContext, result: DbtResult, previews: Mapping[str, Preview]
) -> Iterator[dg.Output[None] | dg.AssetCheckResult]:
    """The tables and checks of a dbt process as Dagster's events, tables before their checks."""
    wanted = context.selected_asset_keys
    nodes = built_nodes(MANIFEST)
    # dbt's results stand in the order of its graph, which Dagster asks for.
    for unique_id, status in result.statuses.items():
        node = nodes.get(unique_id)
        if node is None or status != "success" or asset_key(node) not in wanted:
            continue
        preview = previews.get(f"{node['schema']}.{node['alias']}", Preview())
        yield dg.Output(
            None,
            output_name=asset_key(node).to_python_identifier(),
            metadata={"seconds": result.seconds[unique_id], **preview.metadata()},
        )
    for unique_id, status in result.tests.items():
        check = check_result(MANIFEST["nodes"][unique_id], unique_id, result)
        is_wanted = check.asset_key and check.asset_key in {
            each.asset_key
            for each in context.selected_asset_check_keys
            if each.name == check.check_name
        }
        if status != "skipped" and is_wanted:
            yield check


def stage_command(context: dg.AssetExecutionContext, ledger: bool) -> list[str]:
    """`dbt build` of the stage, or of what was picked of it in the UI."""
    if not context.is_subset:
        return stage_arguments(ledger)
    checks = {key.name for key in context.selected_asset_check_keys}
    names = [
        node["name"]
        for node in MANIFEST["nodes"].values()
        if (node["resource_type"] == "test" and node["name"] in checks)
        or (node["resource_type"] != "test" and asset_key(node) in context.selected_asset_keys)
    ]
    return ["build", "--select", *names, "--indirect-selection", "empty"]


def dbt_stage(name: str, ledger: bool) -> dg.AssetsDefinition:
    """The assets of one dbt process."""
    select = " ".join(
        node["name"]
        for node in built_nodes(MANIFEST).values()
        if is_in_ledger_stage(node) == ledger
    )

    @dbt_assets(
        manifest=MANIFEST,
        select=select,
        dagster_dbt_translator=TRANSLATOR,
        name=name,
        pool=POOL,
        required_resource_keys={"warehouse"},
    )
    def stage(context: dg.AssetExecutionContext) -> Iterator[Any]:
        record: RunRecord = context.resources.warehouse
        try:
            result, failure = record.run_stage(ledger, stage_command(context, ledger)), None
        except DbtFailedError as error:
            result, failure = error.result, error
        if ledger:
            for observation in raw_observations(record):
                context.log_event(observation)
        previews = preview_marts(record.settings.build_file, MANIFEST, ledger)
        yield from stage_events(context, result, previews)
        if failure:
            raise dg.Failure(str(failure), allow_retries=False)

    return stage


def raw_observations(record: RunRecord) -> Iterator[dg.AssetObservation]:
    """What was read of each raw table: rows, files, matched columns."""
    from orchestration.previews import raw_tables

    for table, metadata in raw_tables(record.settings.build_file).items():
        yield dg.AssetObservation(asset_key=["raw", table], metadata=metadata)


raw_tables_specs = [
    TRANSLATOR.get_asset_spec(MANIFEST, unique_id, None).replace_attributes(
        kinds={"duckdb", "file"}, skippable=False
    )
    for unique_id, source in MANIFEST["sources"].items()
    if asset_key(source) not in FITTED_KEYS
]
ledger_to_row_balance = dbt_stage("ledger_to_row_balance", ledger=True)
facts_to_marts = dbt_stage("facts_to_marts", ledger=False)
