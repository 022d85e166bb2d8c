from pathlib import Path

from lint.__main__ import load_project, text_findings
from lint.manifest_rules import check
from lint.project import ROOT
from lint.strict_parse import strict_parse


def test_the_project_parses_strictly_and_keeps_its_own_rules(tmp_path: Path) -> None:
    strict_parse(ROOT, tmp_path)
    found = [*check(load_project(ROOT, tmp_path / "target/manifest.json")), *text_findings(ROOT)]
    assert not found, "\n".join(map(str, found))
