"""JUnit: a test case an action, read back by an XML parser."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from inline_snapshot import snapshot as golden

from reconciler.model.plan import Kind, Status
from reconciler.ports import Outcome, Result
from reconciler.reports.junit import junit
from tests.reports.hostile import CORPUS, hostile_plan, plan_of, usual


def test_outcomes() -> None:
    plan = plan_of(
        (
            usual(1, Kind.ADD),
            usual(2, Kind.CHANGE),
            usual(3, Kind.CHANGE),
            usual(4, Kind.REMOVE, Status.BLOCKED),
        )
    )
    results = (
        Outcome(Result.DONE, None, "ord-1"),
        Outcome(Result.FAILED, "the SIM is in use", "ord-2"),
        Outcome(Result.WAITING, "activation by the user"),
    )
    outcomes = dict(zip((action.id for action in plan.ready), results, strict=True))
    text = junit(plan, outcomes).replace("voornaam.achternaam", "an").replace("@brouwerij", "@b")
    assert text == golden("""\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="fleet apply an" tests="4" failures="1" skipped="2" errors="0">
    <testcase classname="an00001@b.example" name="add an00001@b.example/phone">
      <system-out>order ord-1</system-out>
    </testcase>
    <testcase classname="an00002@b.example" name="change an00002@b.example/phone">
      <failure message="failed: the SIM is in use" type="failed" />
      <system-out>order ord-2</system-out>
    </testcase>
    <testcase classname="an00003@b.example" name="change an00003@b.example/phone">
      <skipped message="waiting: activation by the user" />
    </testcase>
    <testcase classname="an00004@b.example" name="remove an00004@b.example/phone">
      <skipped message="blocked: quota exceeded" />
    </testcase>
  </testsuite>
</testsuites>
""")


@pytest.mark.parametrize("result", list(Result))
def test_what_is_not_done_never_passes(result: Result) -> None:
    plan = plan_of((usual(1, Kind.ADD),))
    suite = ElementTree.fromstring(junit(plan, {plan.actions[0].id: Outcome(result)}))
    passed = not suite.findall(".//failure") and not suite.findall(".//skipped")
    assert passed == (result is Result.DONE)


@pytest.mark.parametrize("text", CORPUS)
def test_a_hostile_text_is_text(text: str) -> None:
    plan = hostile_plan(text)
    outcomes = {action.id: Outcome(Result.FAILED, text, text) for action in plan.ready}
    suite = ElementTree.fromstring(junit(plan, outcomes).encode())
    assert {each.tag for each in suite.iter()} <= {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "skipped",
        "system-out",
    }
    assert len(suite.findall(".//testcase")) == len(plan.actions)
