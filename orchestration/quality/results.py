"""What every check of a build said, dbt tests and expectations alike, to publish and to show."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestration.dbt_run import DbtResult
from orchestration.manifest import purpose
from orchestration.quality.judge import Verdict

RESULT_COLUMNS = {
    "version": ("varchar not null", "Version, the UTC time of publication; sorts by age."),
    "mart": ("varchar not null", "Table that was judged, schema.name."),
    "check_name": ("varchar not null", "Name of the check."),
    "kind": ("varchar not null", "dbt (test), gx (expectation) or drift."),
    "severity": ("varchar not null", "critical blocks a publication, warning does not."),
    "status": ("varchar not null", "pass, fail, warn, error or not_applicable."),
    "observed": ("varchar not null", "What was observed, as JSON."),
    "message": ("varchar not null", "What the check says, in words."),
}
DBT_STATUS = {"pass": "pass", "fail": "fail", "warn": "warn", "skipped": "not_applicable"}


@dataclass(frozen=True)
class CheckResult:
    """One check of one table in one build."""

    mart: str
    check_name: str
    kind: str
    severity: str
    status: str
    message: str
    observed: Mapping[str, Any] = field(default_factory=dict)
    sample: Sequence[Mapping[str, Any]] = ()
    rationale: str = ""

    def cells(self) -> list[str]:
        """The row of quality.check_results, version left out."""
        observed = json.dumps(self.observed, ensure_ascii=False)
        return [
            self.mart,
            self.check_name,
            self.kind,
            self.severity,
            self.status,
            observed,
            self.message,
        ]


def results_of_verdicts(verdicts: Sequence[Verdict]) -> list[CheckResult]:
    """The verdicts as results."""
    return [
        CheckResult(
            verdict.mart,
            verdict.check_name,
            verdict.kind,
            verdict.severity,
            verdict.status,
            verdict.message,
            verdict.observed,
            verdict.sample,
            verdict.rationale,
        )
        for verdict in verdicts
    ]


def results_of_dbt(result: DbtResult, manifest: Mapping[str, Any]) -> list[CheckResult]:
    """dbt's data tests as results; table and severity come from the manifest.

    A test is of the model that it is attached to, else of the first model that it reads.
    """
    results = []
    for unique_id, status in result.tests.items():
        node = manifest["nodes"].get(unique_id)
        if node is None:
            continue
        models = [node.get("attached_node"), *node["depends_on"]["nodes"]]
        model = next(
            (manifest["nodes"][each] for each in models if each in manifest["nodes"]), None
        )
        results.append(
            CheckResult(
                f"{model['schema']}.{model['alias']}" if model else "raw",
                node["name"],
                "dbt",
                "warning" if node["config"]["severity"].lower() == "warn" else "critical",
                DBT_STATUS.get(status, "error"),
                result.messages.get(unique_id) or "holds",
                {"failing_rows": result.failures.get(unique_id, 0)},
                result.samples.get(unique_id, ()),
                purpose(manifest, node),
            )
        )
    return results
