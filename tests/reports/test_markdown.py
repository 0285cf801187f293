"""The comment on a pull request: what a reviewer reads, under GitHub's limit, whatever others are called."""

from __future__ import annotations

import pytest

from reconciler.model.plan import Kind
from reconciler.reports.markdown import ROOM, comment
from reconciler.reports.marker import Topic, parse
from reconciler.reports.publication import Publication
from tests.reports.hostile import CORPUS, hostile_plan, many, mixed
from tests.reports.rendered import assert_harmless

HERE = Publication("acme/main", "0123456789abcdef0123456789abcdef01234567", "https://ci.example/run/1")


@pytest.mark.parametrize("text", CORPUS)
def test_a_hostile_name_is_shown_and_does_nothing(text: str) -> None:
    assert_harmless(comment(hostile_plan(text), HERE).text, links=1)


@pytest.mark.parametrize("count", [0, 1, 200, 5000, 10_000])
@pytest.mark.parametrize("kind", list(Kind))
def test_it_stays_under_the_limit_at_any_size(count: int, kind: Kind) -> None:
    body = comment(many(count, kind), HERE)
    assert len(body.text.encode()) <= ROOM
    assert body.truncated == (kind is Kind.REMOVE and count >= 5000)
    marker = parse(body.text)
    assert marker is not None
    assert (marker.topic, marker.scope, marker.truncated) == (Topic.PLAN, "acme/main", body.truncated)
    assert_harmless(body.text, links=1)


def test_what_is_left_out_is_left_out_from_the_end_and_said() -> None:
    text = comment(mixed(400), HERE).text
    assert text.count("\n- `!`") == 100
    assert text.count("\n- `-`") == 100
    assert text.count("\n- `+`") == 0
    assert "… 100 of 100 additions not shown" in text
