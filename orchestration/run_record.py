"""One build from raw files to published marts: its lock, what its steps found, its report.

Every step of a run, in `make build` as in the Dagster UI, works in one process and shares one
record: only what this very run has built and judged is ever published.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from orchestration.dbt_run import DbtFailedError, DbtResult, run_dbt
from orchestration.lock import take_lock
from orchestration.manifest import blocks, ensure_manifest, stage_arguments, stage_tests
from orchestration.publish import (
    PublicationRefusedError,
    describe_run,
    last_publication,
    publish,
)
from orchestration.quality.judge import Verdict, judge, refusal
from orchestration.quality.report import read_history, read_row_balance, write_report
from orchestration.quality.results import CheckResult, results_of_dbt, results_of_verdicts
from orchestration.quality.suites import Suite, load_suites
from orchestration.settings import PROJECT_DIR, Settings, git_commit

if TYPE_CHECKING:
    from orchestration.fit import Fit

ENGINE = "orchestration.quality.engine"
Progress = Callable[[int | None, int | None, str], None]


def no_progress(done: int | None, total: int | None, name: str) -> None:
    """Show nothing."""


@dataclass
class RunRecord:
    """What a run has done so far. `problems` are its errors in plain words, in order."""

    settings: Settings
    manifest: Mapping[str, Any]
    suites: Sequence[Suite]
    progress: Progress = no_progress
    results: dict[bool, DbtResult] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    verdicts: dict[tuple[str, str], Verdict] = field(default_factory=dict)
    published: Path | None = None
    is_reported: bool = False
    begun: Future[DbtResult] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether this run has built every table and run every dbt test."""
        return all(
            stage_tests(self.manifest, ledger) <= set(self.results.get(ledger, DbtResult()).tests)
            for ledger in (True, False)
        )

    @property
    def dbt_results(self) -> list[CheckResult]:
        """What the dbt tests of this run said."""
        return [
            each
            for result in self.results.values()
            for each in results_of_dbt(result, self.manifest)
        ]

    def begin(self) -> None:
        """Start the first dbt process at once; its step finds it at work, or done."""
        pool = ThreadPoolExecutor(1)
        self.begun = pool.submit(
            run_dbt, self.settings, stage_arguments(ledger=True), self.progress
        )
        pool.shutdown(wait=False)

    def run_stage(self, ledger: bool, arguments: Sequence[str]) -> DbtResult:
        """Run one dbt process; its error is noted, and what it did before it stays readable.

        Great Expectations takes seconds to import, which the first process hides. What comes after
        it waits for the import: two threads that import what the other has begun see half of it.
        """
        engine = threading.Thread(target=import_module, args=[ENGINE], daemon=True)
        if ledger:
            engine.start()
        begun, self.begun = self.begun, None
        try:
            if ledger and begun:
                result = begun.result()
            else:
                result = run_dbt(
                    self.settings, arguments, self.progress, keep_raw_tables=not ledger
                )
        except DbtFailedError as error:
            self.results[ledger] = error.result
            self.problems.append(str(error))
            raise
        finally:
            if ledger:
                engine.join()
        self.results[ledger] = result
        return result

    def fit(self) -> "list[Fit]":
        """Fit the purchase models to the facts of the first dbt process.

        A model that cannot be fitted stops nothing: what it would predict stays null, and why is
        printed once.
        """
        from orchestration.fit import fit_models

        self.progress(None, None, "fitting the purchase models")
        fits = fit_models(self.settings.build_file)
        for each in fits:
            if each.is_new and not each.is_converged:
                print(f"{each.model} ({each.sample}): {each.note}")
        return fits

    def judge(self, mart: str, names: set[str]) -> list[Verdict]:
        """The verdicts on these rules of a mart.

        A whole run judges all marts at the first question: Great Expectations starts once.
        """
        wanted = {(mart, name) for name in names}
        if not wanted <= set(self.verdicts):
            self.progress(None, None, "judging the marts")
            files = (self.settings.build_file, self.settings.published_file)
            found = judge(*files, self.suites, None if self.is_whole else wanted)
            self.verdicts |= {(each.mart, each.check_name): each for each in found}
            if reasons := refusal(found):
                self.problems.append(f"These expectations do not hold:\n{reasons}")
        return [self.verdicts[each] for each in sorted(wanted)]

    def refuse_unjudged(self) -> None:
        """Raise PublicationRefusedError unless this run built every mart and every check let it."""
        if not self.is_whole:
            raise PublicationRefusedError(
                "a publication needs a run that has built and checked every mart: start the whole"
                " job build"
            )
        failed = [
            unique_id.split(".")[2]
            for result in self.results.values()
            for unique_id, status in result.tests.items()
            if status not in ("pass", "warn") and blocks(self.manifest["nodes"][unique_id])
        ]
        for suite in self.suites:
            self.judge(suite.mart, {rule.check_name for rule in suite.rules})
        failed += [f"{mart}, {name}" for (mart, name), each in self.verdicts.items() if each.blocks]
        if failed:
            raise PublicationRefusedError(f"these checks failed: {'; '.join(sorted(failed))}")

    def publish(self) -> Path:
        """Publish what this run has built and judged; raises PublicationRefusedError."""
        try:
            self.refuse_unjudged()
            self.progress(None, None, "publishing")
            results = [*self.dbt_results, *results_of_verdicts(list(self.verdicts.values()))]
            warned = [each.check_name for each in results if each.status == "warn"]
            self.published = publish(
                self.settings, self.manifest, git_commit(), len(results), warned, results
            )
        except (PublicationRefusedError, OSError, duckdb.Error) as error:
            self.problems.append(str(error))
            raise
        return self.published

    def write_report(self) -> Path:
        """Write the page of this run: what was published, or why nothing was."""
        settings = self.settings
        publication: Mapping[str, Any] = {}
        balance: list[dict[str, Any]] = []
        if self.published:
            publication = last_publication(settings.published_file) or {}
        try:
            publication = publication or describe_run(settings)
            balance = read_row_balance(settings.build_file)
        except duckdb.Error:
            pass  # The run stopped before these tables were made: the page tells why without them.
        write_report(
            settings.report_file,
            list(self.verdicts.values()),
            self.dbt_results,
            publication,
            balance,
            read_history(settings.published_file),
            "" if self.published else "\n".join(self.problems) or "The run stopped.",
        )
        self.is_reported = True
        return settings.report_file


@contextmanager
def open_run(settings: Settings, progress: Progress = no_progress) -> Iterator[RunRecord]:
    """A run of this warehouse, under its one writer's lock.

    Raises WarehouseBusyError while another run works here, DbtFailedError where the project does
    not parse, SuiteError where an expectation file is wrong. A run that ran dbt leaves a report.
    """
    settings.warehouse_dir.mkdir(parents=True, exist_ok=True)
    take_lock(settings.warehouse_dir)
    progress(None, None, "reading the project")
    manifest = ensure_manifest(settings)
    record = RunRecord(
        settings, manifest, load_suites(PROJECT_DIR / "expectations", manifest), progress
    )
    try:
        yield record
    finally:
        # A failed run skips the asset quality_report; its page is needed all the more.
        if record.results and not record.is_reported:
            try:
                record.write_report()
            except OSError as error:  # What stopped the run is told all the same.
                print(f"{settings.report_file}: not written ({error.strerror})")


def dagster_home(settings: Settings) -> Path:
    """DAGSTER_HOME of this warehouse, made with its settings where it is missing.

    It lies inside WAREHOUSE_DIR unless the environment names another.
    """
    template = Path(__file__).with_name("dagster.yaml")
    home = Path(os.environ.get("DAGSTER_HOME") or settings.warehouse_dir / "dagster").resolve()
    home.mkdir(parents=True, exist_ok=True)
    if not (home / "dagster.yaml").exists():
        (home / "dagster.yaml").write_text(template.read_text(encoding="utf-8"), encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(home)
    return home
