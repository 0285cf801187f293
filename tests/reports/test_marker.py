"""The marker: found again as it was written, whatever the scope is called, and never the end of its comment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.reports.markdown.marker import Marker, Topic, parse
from tests.reports.hostile import CORPUS
from tests.reports.rendered import assert_harmless


@pytest.mark.parametrize("scope", CORPUS)
def test_it_is_read_back_and_stays_hidden(scope: str) -> None:
    marker = Marker(Topic.PLAN, scope, scope, scope, truncated=True)
    assert parse(f"{marker}\nbody") == marker
    assert_harmless(f"{marker}\n### Title")


@given(st.text(), st.sampled_from(Topic), st.booleans())
def test_any_scope_is_read_back(scope: str, topic: Topic, closed: bool) -> None:
    marker = Marker(topic, scope, closed=closed)
    assert "-->" not in str(marker)[:-3]
    assert parse(str(marker)) == marker


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Looks fine to me",
        "> <!-- fleet-plan {} -->",
        "<!-- fleet-plan {} -->",
        "<!-- fleet-plan {1 -->",
        '<!-- fleet-plan {"v":2,"scope":"a"} -->',
        '<!-- fleet-plan {"v":1,"scope":1} -->',
        '<!-- fleet-other {"v":1,"scope":"a"} -->',
        f"<!-- fleet-plan {{{'[' * 100_000} }} -->",
    ],
)
def test_what_is_no_marker_is_none(text: str) -> None:
    assert parse(text) is None
