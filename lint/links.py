"""Links of the Markdown files: what they point at lies in the project, headings included."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from lint.finding import Finding

FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.M | re.S)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.M)
ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:", re.I)
# Folders that the tools make, beside those whose name begins with a dot.
MADE = frozenset({"target", "logs", "warehouse"})


def markdown_files(project: Path) -> list[Path]:
    """Every Markdown file of the project, below it or in it."""
    found = (
        path.relative_to(project)
        for path in project.rglob("*.md")
        if not any(part in MADE or part[0] == "." for part in path.relative_to(project).parts)
    )
    return sorted(found)


def anchors(text: str) -> set[str]:
    """The names of the headings, as code hosts make them; the second of a name gets -1."""
    names: set[str] = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        name = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        unique, number = name, 0
        while unique in names:
            number += 1
            unique = f"{name}-{number}"
        names.add(unique)
    return names


def check(project: Path) -> Iterator[Finding]:
    """A finding for each link to a file or heading that is not there."""
    for path in markdown_files(project):
        text = CODE.sub("", FENCE.sub("", (project / path).read_text("utf-8")))
        for target in LINK.findall(text):
            if ADDRESS.match(target):
                continue
            name, _, anchor = unquote(target).partition("#")
            file = (project / path.parent / name).resolve() if name else (project / path).resolve()
            if not file.exists():
                yield Finding(path.as_posix(), "links", f"{target}: no such file")
            elif anchor and anchor not in anchors(file.read_text("utf-8")):
                yield Finding(path.as_posix(), "links", f"{target}: no such heading")
