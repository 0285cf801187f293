"""Outputs: what later steps read of a plan, and a value that cannot end before its end."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.errors import Exit
from reconciler.model.plan import Kind, Status
from reconciler.reports.outputs import failure_outputs, output_text, plan_outputs
from tests.reports.hostile import mixed, plan_of, usual


def read_back(text: str) -> dict[str, str]:
    """Return what GitHub's runner reads of the file."""
    lines, values = iter(text.splitlines()), dict[str, str]()
    for line in lines:
        name, _, delimiter = line.partition("<<")
        value = []
        while (part := next(lines)) != delimiter:
            value.append(part)
        values[name] = "\n".join(value)
    return values


def test_what_a_plan_hands_on() -> None:
    plan = plan_of((*(usual(index, kind) for index, kind in enumerate(Kind)), usual(9, Kind.REMOVE, Status.BLOCKED)))
    values = plan_outputs(plan, plan_id="sha256:ab", plan_file="plan.json", exit_code=Exit.BLOCKED)
    assert values == {
        "exitcode": "3",
        "has_changes": "true",
        "create": "1",
        "add": "1",
        "change": "1",
        "remove": "1",
        "transfer": "0",
        "blocked": "1",
        "quota_left": "27",
        "next_bill": "0.00",
        "plan_id": "sha256:ab",
        "plan_file": "plan.json",
        "failure_reason": "",
    }
    assert read_back(output_text(values, delimiter="EOF-1")) == values


def test_a_plan_with_nothing_ready_has_no_changes() -> None:
    plan = plan_of((usual(1, Kind.ADD, Status.DEFERRED),))
    assert plan_outputs(plan, plan_id="", plan_file=None, exit_code=Exit.DONE)["has_changes"] == "false"
    assert Decimal(plan_outputs(mixed(4), plan_id="", plan_file=None, exit_code=Exit.DONE)["next_bill"]) == 0


def test_a_failure_has_its_reason() -> None:
    assert failure_outputs(exit_code=Exit.LOCKED, reason="state-locked") == {
        "exitcode": "5",
        "has_changes": "false",
        "failure_reason": "state-locked",
    }


def test_a_value_that_holds_the_delimiter_is_refused() -> None:
    with pytest.raises(ValueError, match="delimiter"):
        output_text({"a": "x\nEOF\nadmin=true"}, delimiter="EOF")


@given(st.text(alphabet=st.characters(exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", codec="utf-8")))
def test_any_value_is_read_back(value: str) -> None:
    delimiter = "ghadelimiter_0123"
    assume(delimiter not in value and not value.endswith("\n"))
    assert read_back(output_text({"a": value, "b": "2"}, delimiter=delimiter)) == {"a": value, "b": "2"}
