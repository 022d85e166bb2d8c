import re
from pathlib import Path
from string import Formatter

import pytest

from report.words import LANGUAGES, UnknownLabelError, Words, read_labels

REPORT = Path(__file__).parents[2] / "report"
ENGLISH = read_labels("en")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_its_values(language: str) -> None:
    # Prevents: a page that stops, or loses a number, in one language only.
    labels = read_labels(language)
    assert set(labels) == set(ENGLISH)
    assert {key: fields(text) for key, text in labels.items()} == {
        key: fields(text) for key, text in ENGLISH.items()
    }
    assert [key for key, text in labels.items() if not text.strip()] == []


def test_persian_texts_are_persian() -> None:
    # Prevents: an English text that was left in the Persian file.
    spared = {"language.direction", "word.csv", "value.nps", "column.p_value"}
    latin = {
        key
        for key, text in read_labels("fa").items()
        if not re.search("[\u0600-\u06ff]", re.sub(r"\{\w+\}", "", text))
    }
    assert latin - spared == {"word.cohort_of", "word.with_note"}


def test_every_text_that_a_page_names_exists() -> None:
    # Prevents: a page that stops at a text that nobody wrote.
    named: set[str] = set()
    for path in REPORT.rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        sections = {key.split(".")[0] for key in ENGLISH} - {"column", "value"}
        named |= set(re.findall(rf'"((?:{"|".join(sections)})\.[a-z_0-9]+)"', code))
        for call in ("chart", "table", "title", "facts"):
            blocks = re.findall(rf'\b{call}\(\s*view,\s*"([a-z_]+)"', code)
            named |= {f"{part}.{key}" for key in blocks for part in ("chart", "note")}
        named |= {f"section.{key}" for key in re.findall(r'section\(view, "([a-z_]+)"', code)}
    assert len(named) > 100
    assert named - set(ENGLISH) == set()


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(UnknownLabelError, match=r"page[.]nowhere"):
        Words("en").text("page.nowhere")
