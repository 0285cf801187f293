"""What an apply came to as JUnit XML, which every CI system can show: one test case an action."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

from reconciler.model.plan import Action, Plan, Status
from reconciler.ports import Outcome, Result
from reconciler.reports.characters import visible

#: What an action came to that is neither done nor wrong: a test of it has not run to its end.
_OPEN = frozenset({Result.WAITING, Result.MOVING, Result.NOT_STARTED, Result.CANCELLED})


def junit(plan: Plan, outcomes: Mapping[str, Outcome]) -> str:
    """Return a test suite of the plan's actions; what was not ordered, and what is not over, is skipped."""
    suite = ElementTree.Element("testsuite", name=f"fleet apply {visible(plan.organisation)}")
    for action in plan.actions:
        _add_case(suite, action, outcomes.get(action.id))
    kinds = {name: len(suite.findall(f"testcase/{name}")) for name in ("failure", "skipped")}
    suite.attrib |= {"tests": str(len(suite)), "failures": str(kinds["failure"]), "skipped": str(kinds["skipped"])}
    suite.attrib |= {"errors": "0"}
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _add_case(suite: ElementTree.Element, action: Action, outcome: Outcome | None) -> None:
    name = f"{action.kind} {visible(action.id)}"
    case = ElementTree.SubElement(suite, "testcase", classname=visible(action.user), name=name)
    if outcome is None:
        _say(case, "skipped", action.status, action.reason)
    elif outcome.result in _OPEN:
        _say(case, "skipped", outcome.result, outcome.reason)
    elif outcome.result is not Result.DONE:
        _say(case, "failure", outcome.result, outcome.reason)
    if outcome and outcome.order:
        ElementTree.SubElement(case, "system-out").text = f"order {visible(outcome.order)}"


def _say(case: ElementTree.Element, tag: str, what: Status | Result, why: str | None) -> None:
    message = f"{what}: {visible(why)}" if why else str(what)
    said = ElementTree.SubElement(case, tag, message=message)
    if tag == "failure":
        said.set("type", str(what))
