"""The layout of a model's SQL: import CTEs, then logic, then `final`, with air in the brackets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lint.finding import Finding

HEADER = re.compile(r"^(?:with )?(?P<name>\w+) as \($")
ONE_LINE = re.compile(r"^(?:with )?\w+ as \(.*\S")
READS = re.compile(r"{{-?\s*(?:(?:ref|source|before)\s*\(|this\b)")
# What a build that goes on adds within a CTE: a fact's rows of before, or the model's own.
GOING_ON = re.compile(r"{%-?\s*if goes_on\(\)\s*-?%}.*?{%-?\s*endif\s*-?%}", re.DOTALL)
JINJA = re.compile(r"{{.*?}}|{%.*?%}", re.DOTALL)
COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
PREAMBLE = re.compile(r"{{-?\s*config\s*\(.*?\)\s*-?}}|{%-?\s*set\b.*?%}", re.DOTALL)
LOOPS = re.compile(r"\A(?:\s*{%-?\s*(?:for|do|endfor)\b.*?%})+")
LOGIC = re.compile(r"\b(join|group by|having|qualify|over|union|distinct)\b")


@dataclass(frozen=True)
class Cte:
    """One named query: its name, its lines without the brackets, the index of its last bracket."""

    name: str
    body: list[str]
    end: int

    @property
    def reads_a_relation(self) -> bool:
        """Whether it names another model, a seed or a source."""
        return bool(READS.search(GOING_ON.sub("", "\n".join(self.body))))

    @property
    def is_one_call(self) -> bool:
        """Whether one macro makes the whole of it, reading what it reads."""
        return not is_written_out("\n".join(self.body))


def is_written_out(sql: str) -> bool:
    """Whether a model has SQL of its own: not where one macro call makes the whole of it."""
    return bool(JINJA.sub("", PREAMBLE.sub("", COMMENT.sub("", sql))).strip())


def check(path: str, sql: str) -> list[Finding]:
    """Findings of one model file; none for a model that is one macro call."""
    if not is_written_out(sql):
        return []
    return sorted(Finding(path, "cte-layout", message) for message in _messages(sql))


def _messages(sql: str) -> Iterator[str]:
    text = re.sub(r"\A(\s*--.*\n)+", "", PREAMBLE.sub("", COMMENT.sub("", sql)).lstrip())
    text = LOOPS.sub("", text).strip()
    lines = [line.rstrip() for line in text.splitlines()]
    if not re.match(r"with\b", lines[0]):
        yield "starts with `with`"
    if lines[-1] != "select * from final":
        yield "the last line is `select * from final`"
    for line in lines:
        if ONE_LINE.match(line):
            yield f"a CTE opens its bracket at the end of the line: `{line}`"

    ctes = _ctes(lines)
    if not ctes or ctes[-1].name != "final":
        yield "the last CTE is `final`"
    imports_are_over = False
    for cte in ctes:
        yield from _cte_messages(cte, lines)
        if not cte.reads_a_relation and not cte.is_one_call:
            imports_are_over = True
        elif imports_are_over:
            yield f"`{cte.name}` reads a relation after the import CTEs: import it at the top"


def _cte_messages(cte: Cte, lines: list[str]) -> Iterator[str]:
    if len(cte.body) < 3 or cte.body[0] or cte.body[-1]:
        yield f"`{cte.name}` wants a blank line after its opening and before its closing bracket"
    if cte.end + 1 < len(lines) and lines[cte.end + 1]:
        yield f"`{cte.name}` wants a blank line after its closing bracket"
    body = "\n".join(cte.body)
    if cte.reads_a_relation and LOGIC.search(JINJA.sub("", GOING_ON.sub("", body))):
        yield f"`{cte.name}` reads a relation and works on it: import first, then work"


def _ctes(lines: list[str]) -> list[Cte]:
    found = []
    opened: tuple[str, int] | None = None
    for index, line in enumerate(lines):
        header = HEADER.match(line)
        if opened is None and header:
            opened = (header["name"], index)
        elif opened is not None and line in {")", "),"}:
            found.append(Cte(opened[0], lines[opened[1] + 1 : index], index))
            opened = None
    return found
