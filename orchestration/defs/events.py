"""When builds start by themselves, and who is told when one goes wrong."""

import json
import time
from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration.alerts import read_alert_settings, send_alert
from orchestration.build import ALERTED
from orchestration.defs.jobs import build
from orchestration.publish import last_publication
from orchestration.raw_watch import changes, fingerprint, is_settled, raw_registry
from orchestration.settings import project_var, read_settings

STALE_AFTER = timedelta(hours=26)

daily_build = dg.ScheduleDefinition(
    name="daily_build",
    job=build,
    cron_schedule="0 6 * * *",
    execution_timezone=str(project_var(read_settings(), "business_timezone")),
    description="Every day at 06:00 in business_timezone.",
)


@dg.sensor(
    job=build,
    minimum_interval_seconds=60,
    description="Builds when a raw file is new, changed or gone, once it is no longer written to.",
)
def raw_files_changed(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Compare RAW_DIR with the registry in the cursor; the first look only remembers it."""
    registry = raw_registry(read_settings().raw_dir)
    cursor = json.dumps(registry, sort_keys=True)
    if context.cursor is None:
        return dg.SensorResult(skip_reason=f"remembers {len(registry)} raw files", cursor=cursor)
    known = {name: (size, time_ns) for name, (size, time_ns) in json.loads(context.cursor).items()}
    if known == registry:
        return dg.SkipReason("no raw file has changed")
    if not is_settled(registry, time.time()):
        return dg.SkipReason("a raw file is being written")
    request = dg.RunRequest(
        run_key=fingerprint(registry), tags={"raw_files": changes(known, registry)[:200]}
    )
    return dg.SensorResult(run_requests=[request], cursor=cursor)


@dg.run_failure_sensor(
    minimum_interval_seconds=30,
    description="Tells by webhook and e-mail when a build failed or its publication was refused.",
)
def alert_on_failure(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """Send an alert, unless the run has sent its own."""
    if context.dagster_run.tags.get(ALERTED):
        return dg.SkipReason("the build has told it itself")
    reasons = [
        event.step_failure_data.error.message
        for event in context.get_step_failure_events()
        if event.step_failure_data.error
    ]
    text = "\n".join(reasons) or context.failure_event.message or "The run failed."
    problems = send_alert(
        read_alert_settings(), f"Not published: {context.dagster_run.job_name} failed", text
    )
    for problem in problems:
        context.log.warning(problem)
    return None


@dg.sensor(
    minimum_interval_seconds=300,
    description="Tells by webhook and e-mail when the published marts are older than 26 hours.",
)
def alert_on_stale_marts(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """One alert a published version that has grown old."""
    publication = last_publication(read_settings().published_file)
    if publication is None:
        return dg.SkipReason("nothing is published yet")
    age = datetime.now(UTC).replace(tzinfo=None) - publication["published_at"]
    if age <= STALE_AFTER:
        return dg.SkipReason(f"published {age} ago")
    if context.cursor == publication["version"]:
        return dg.SkipReason("told already")
    problems = send_alert(
        read_alert_settings(),
        "The published marts are stale",
        f"Version {publication['version']} (as of {publication['as_of']}) is"
        f" {age.total_seconds() / 3600:.0f} hours old.",
    )
    for problem in problems:
        context.log.warning(problem)
    return dg.SensorResult(
        skip_reason=f"stale for {age}", cursor=None if problems else publication["version"]
    )
