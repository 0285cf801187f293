"""The text of others within a line of Markdown: read as it was written, whatever it holds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.reports.characters import visible
from reconciler.reports.markdown.inline import MOST_OF_A_NAME, cell, code, cut, link, prose
from tests.reports.hostile import CORPUS
from tests.reports.rendered import assert_harmless, shown

_TABLES = MarkdownIt("commonmark").enable("table")


@pytest.mark.parametrize("text", CORPUS)
def test_a_name_is_shown_as_it_was_written(text: str) -> None:
    expected = cut(visible(text), MOST_OF_A_NAME)
    assert shown(f"- x {code(text)} y") == f"x {expected if expected.strip() else '(none)'} y\n"


@given(st.text())
@example("`a `")
@example(" a ")
@example("\\")
def test_any_name_is_shown_as_it_was_written(text: str) -> None:
    expected = cut(visible(text), MOST_OF_A_NAME)
    assert shown(f"- x {code(text)} y") == f"x {expected if expected.strip() else '(none)'} y\n"


@given(st.lists(st.one_of(st.sampled_from(CORPUS), st.text()), max_size=4))
def test_any_message_loses_nothing_but_blanks_and_quotes(parts: list[str]) -> None:
    text = " ".join(parts)[:1000]
    markdown = f"- x {prose(text)} y"
    assert_harmless(markdown)
    words = [visible(word) for word in text.split()]
    expected = "".join(words)
    if len(" ".join(words)) < MOST_OF_A_NAME - 20:  # several words can share one span, and its start be escaped
        assert _bare(shown(markdown)[2:-2]) == _bare(expected)


def _bare(text: str) -> str:
    """Return `text` without blanks, the quotes that code spans stand for, and the difference a line's start makes."""
    return "".join(text.split()).replace("'", "").replace("\\u003a", ":")


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_any_name_stays_in_its_cell(names: list[str]) -> None:
    heads = " | ".join("x" for _ in names)
    rule = "|".join("---" for _ in names)
    row = " | ".join(cell(code(name)) for name in names)
    found = _TABLES.parse(f"| {heads} |\n|{rule}|\n| {row} |")
    cells = [token.children or [] for before, token in pairwise(found) if before.type == "td_open"]
    read = ["".join(part.content for part in parts) for parts in cells]
    expected = [cut(visible(name), MOST_OF_A_NAME) for name in names]
    assert [text.strip() for text in read] == [text.strip() or "(none)" for text in expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 removals planned, 1 left: 0 used of 1", "3 removals planned, 1 left: 0 used of 1"),
        ("bundle mobile-10 → mobile-25", "bundle `mobile-10` → `mobile-25`"),
        ("there is no 'b-1'; did you mean 'b-2'?", "there is no `b-1`; did you mean `b-2`?"),
        ("keep an@x.be/a, jan@x.be/b and (c-1)", "keep `an@x.be/a`, `jan@x.be/b` and (`c-1`)"),
        ("the operator's, from 2026-12-01 on (R9)", "the operator's, from 2026-12-01 on (R9)"),
        ("declare 'services: {}', or 'a b' (or 'c')", "declare `services: {}`, or `a b` (or `c`)"),
        ("the users' own word isn't 'x", "the `users'` own word isn't `'x`"),
        ("fixes #1 of @org", "fixes `#1` of `@org`"),
        ("in commit deadbeef or 1234567", "in commit `deadbeef` or `1234567`"),
        ("", ""),
    ],
)
def test_plain_words_stay_plain(text: str, expected: str) -> None:
    assert prose(text) == expected


def test_a_long_text_loses_its_middle() -> None:
    assert cut("a" * 100 + "b" * 100, 20) == "a" * 14 + "…" + "b" * 5
    assert cut("short", 5) == "short"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://x.example/a b", "https://x.example/)", "x", "https://x/<"]
)
def test_an_address_that_could_be_more_is_no_link(url: str) -> None:
    assert link("run", url) == "run"
    assert link("run", None) is None
    assert link("run", "https://x.example/a?b=c#d") == "[run](https://x.example/a?b=c#d)"
