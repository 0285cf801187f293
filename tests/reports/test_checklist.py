"""A checklist is read by people and by spreadsheets: nothing that a name says is obeyed by either."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from html.parser import HTMLParser

import pytest

from reconciler.model.plan import Kind
from reconciler.reports.checklist import Checklist, Item, checklist_csv
from reconciler.reports.html.checklist import checklist_html
from reconciler.reports.markdown.checklist import checklist_markdown

HOSTILE = [
    "</script><script>alert(1)</script>",
    '" onclick="x',
    "[x](javascript:1)",
    "`a` | b",
    "=1+1",
    "- x",
    "# y",
    "\u202eevil",
]


def item(identity: str, kind: Kind, name: str, *, ticked: bool = False) -> Item:
    path = ("Self-service", "UC & Mobile", name)
    return Item(identity, f"{name}/phone", kind, name, f"{kind} phone", path, (name, "Choose."), "Save.", ticked)


def made(name: str = "An") -> Checklist:
    changes = (item("ab12-1", Kind.ADD, name), item("ab12-3", Kind.CHANGE, name, ticked=True))
    return Checklist("r1", "brouwerij", date(2026, 11, 23), "MyDstny", changes, (item("ab12-2", Kind.REMOVE, name),))


class Page(HTMLParser):
    """What a browser would see: tags with attributes, and the text outside of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_a_page(name: str) -> None:
    page, plain = Page(checklist_html(made(name))), Page(checklist_html(made()))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in plain.tags]
    assert [sorted(attributes) for _, attributes in page.tags] == [sorted(attributes) for _, attributes in plain.tags]
    assert any(name.replace("\u202e", "\\u202e") in word for word in page.words)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_markdown(name: str) -> None:
    text = checklist_markdown(made(name))
    assert not re.search(r"(?<!\\)[<>|[\]](?! \]|x\]| )", text.replace("- [ ]", "").replace("- [x]", ""))
    assert len(re.findall(r"^- \[", text, re.MULTILINE)) == 3
    assert len(re.findall(r"^#", text, re.MULTILINE)) == len(
        re.findall(r"^#", checklist_markdown(made()), re.MULTILINE)
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_cell_is_never_a_formula(name: str) -> None:
    rows = list(csv.reader(io.StringIO(checklist_csv(made(name)), newline="")))
    assert len(rows) == 10
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_a_page_is_whole_by_itself_and_works_without_scripts() -> None:
    text = checklist_html(made())
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|https?:", text)
    boxes = [attributes for tag, attributes in Page(text).tags if tag == "input"]
    assert [box["value"] for box in boxes] == ["ab12-1", "ab12-3", "ab12-2"]
    assert [("checked" in box) for box in boxes] == [False, True, False]
    assert ("div", {"id": "tally", "hidden": None}) in Page(text).tags
    assert "@media print" in text


def test_removals_come_last() -> None:
    text = checklist_markdown(made())
    assert text.index("ab12-3") < text.index("## Removals") < text.index("ab12-2")
