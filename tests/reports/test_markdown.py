"""The comment on a pull request: what a reviewer reads, under GitHub's limit, whatever others are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle

import pytest

from reconciler.errors import Place, Problem
from reconciler.model.plan import Kind
from reconciler.ports import Outcome, Result
from reconciler.reports.markdown import ROOM, closed, comment, drift_issue, failure_comment, outcome_comment
from reconciler.reports.marker import Topic, parse
from reconciler.reports.publication import Publication
from reconciler.reports.step_summary import step_summary
from tests.reports.hostile import CORPUS, hostile_plan, many, mixed
from tests.reports.rendered import assert_harmless

HERE = Publication("acme/main", "0123456789abcdef0123456789abcdef01234567", "https://ci.example/run/1")


def reports(text: str) -> Iterator[str]:
    """Yield every report in which `text` may appear."""
    plan, place = hostile_plan(text), Place(text, 3, 7)
    outcomes = {action.id: Outcome(result, text, text) for action, result in zip(plan.ready, cycle(Result))}
    yield comment(plan, HERE).text
    yield step_summary(plan, HERE)
    yield failure_comment([Problem(text, place, text), text], HERE).text
    yield outcome_comment(plan, outcomes, HERE).text
    yield closed(comment(plan, HERE).text)
    title, issue = drift_issue(plan, replace(HERE, scope=text or "x"))
    assert not set(title) & set("`@#<>[]*")
    yield issue.text


@pytest.mark.parametrize("text", CORPUS)
def test_a_hostile_name_is_shown_and_does_nothing(text: str) -> None:
    for report in reports(text):
        assert_harmless(report, links=1)


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


def test_a_closed_pull_request_is_marked_once() -> None:
    text = closed(comment(mixed(4), HERE).text)
    marker = parse(text)
    assert marker is not None
    assert marker.closed
    assert "**Out of date:**" in text
    assert closed(text) == text
    assert closed("Looks fine to me") == "Looks fine to me"


@pytest.mark.parametrize("room", [0, 10, 200, 5000, 50_000, 1_000_000])
def test_a_step_summary_keeps_to_what_room_there_is(room: int) -> None:
    text = step_summary(mixed(10_000), HERE, room=room)
    assert len(text.encode()) <= room
    assert_harmless(text, links=text.count("]("))


def test_a_step_summary_has_room_for_thousands() -> None:
    text = step_summary(mixed(4000), HERE)
    assert text.count("\n- `+`") == 1000
    assert "not shown" not in text
