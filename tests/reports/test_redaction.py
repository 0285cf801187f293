"""Masking: no number, ICCID or EID is left in a redacted plan but for its last three digits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass

import pytest

from reconciler.model.fleet import PortIn
from reconciler.model.plan import Change, Finding, Kind, Plan, Severity
from reconciler.ports import Outcome, Result
from reconciler.reports.redaction import masked, redacted, redacted_outcomes
from tests.reports.hostile import action, hostile_plan, plan_of, usual

NUMBER, ICCID, EID = "+32470123456", "8931070820307245732", "89034011560010000000000000000121"


def personal() -> Plan:
    """Return a plan that carries personal data wherever it can."""
    first = usual(1, Kind.CHANGE)
    assert first.after is not None
    sim, donor = first.after.sim._replace(iccid=ICCID, eid=EID), PortIn("Other", "ACCOUNT-1234")
    service = first.after._replace(number=NUMBER, sim=sim, port_in=donor)
    changes = (Change("number", None, NUMBER), Change("sim.iccid", ICCID, None), Change("sim.eid", EID, EID))
    actions = (
        first._replace(before=service, after=service, changes=changes, reason=f"because of {NUMBER}"),
        action(2, Kind.REMOVE, "an", id=f"an/{NUMBER}", label=None),
        action(2, Kind.REMOVE, "an", id="an/+32480000456", label=None),
    )
    message = f"{NUMBER} and SIM {ICCID}, EID {EID}; also 0470123456 and +32 470 12 34 56"
    return plan_of(actions, findings=(Finding("number-conflict", Severity.ERROR, message, f"Ask for {NUMBER}."),))


def test_nothing_personal_is_left() -> None:
    text = repr(redacted(personal()))
    for secret in ("ACCOUNT-1", NUMBER, ICCID, EID, "0470123456", "470 12 34 56", NUMBER[1:-3], ICCID[:-3], EID[:-3]):
        assert secret not in text
    assert "•••456" in text
    assert "•••732" in text
    assert "•••121" in text


#: Where a number may stand after masking, since nobody's number stands there: what firm and operator are called, what
#: is sold, where it is booked, which files and which code.
_NOT_PERSONAL = re.compile(
    r"organisation|contract|contact|currency|tool_version|desired\.|live\.|live_id|bundle|option|cost_centre|file"
    r"|approvals|code|commit|cost\.|drift\.(id|state|reference)"
)


def texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text in a value with where it stands."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        yield from (pair for key, each in value.items() for pair in texts((key, each), path))
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from (pair for name in value._fields for pair in texts(getattr(value, name), f"{path}.{name}"))
    elif is_dataclass(value):
        yield from (pair for each in fields(value) for pair in texts(getattr(value, each.name), f"{path}.{each.name}"))
    elif isinstance(value, Iterable):
        yield from (pair for each in value for pair in texts(each, path))


def test_no_place_that_can_hold_a_number_is_forgotten() -> None:
    plan = hostile_plan(NUMBER)
    assert any(path == ".actions.after.number" for path, text in texts(plan) if text == NUMBER)
    left = {path for path, text in texts(redacted(plan)) if NUMBER in text and not _NOT_PERSONAL.search(path)}
    assert left == set()


def test_the_hostile_plan_fills_every_field_there_is() -> None:
    plan = hostile_plan("x")
    empty = {f"plan.{each.name}" for each in fields(plan) if not getattr(plan, each.name)}
    for name in plan.actions[0]._fields:
        if not any(getattr(action, name) for action in plan.actions):
            empty.add(f"action.{name}")
    assert empty == set()


def test_everything_else_stays() -> None:
    plan = plan_of((usual(1, Kind.ADD),))
    assert plan.actions[0].after is not None
    bare = plan.actions[0]._replace(after=plan.actions[0].after._replace(number=None))
    plan = plan_of((bare,))
    shown = redacted(plan)
    assert shown.bill == plan.bill
    assert shown.summary == plan.summary
    assert shown.actions[0].id == plan.actions[0].id
    assert shown.actions[0].cost == plan.actions[0].cost


def test_two_services_that_look_alike_when_masked_keep_names_of_their_own() -> None:
    plan = personal()
    ids = [each.id for each in redacted(plan).actions]
    assert ids[1:] == ["an/•••456", "an/•••456(2)"]
    outcomes = {each.id: Outcome(Result.FAILED, f"{NUMBER} is in use") for each in plan.actions}
    shown = redacted_outcomes(plan, outcomes)
    assert list(shown) == ids
    assert {outcome.reason for outcome in shown.values()} == {"•••456 is in use"}


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-30",
        "EUR 12345.67 a month",
        "+4.50/month",
        "prd-00000032",
        "ord-000000007",
        "R2: 30% of 120 = 36",
        "v1.2.3",
        "+4.50 2026-12-01 2026-12-31",
        "from 2026-08-01 2026-11-30 on",
        "run 2611240843471259 placed 2611240843471259-0007",
        "is sha256:04701234560470123456, not sha256:0489999999999999999999",
        "of https://github.com/acme/fleet/actions/runs/19876543210",
        "commit 0470123456047012345604701234560470123456",
        "product 04701234-1234-1234-1234-470123456123",
        "'1' is no telephone number; expected E.164 like '+32470123456'",
    ],
)
def test_what_is_no_number_is_left_alone(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "written",
    [
        "0470 12 34 56",
        "0470/12.34.56",
        "0470-123456",
        "02 123 44 56",
        "+32 (0)470 12 34 56",
        "+32.470.12.34.56",
        "0032470123456",
        "00 32 470 12 34 56",
        "8932 0000 0000 0123 456",
        "8903 4011 5600 1000 0000 0000 0000 0456",
    ],
)
@pytest.mark.parametrize("around", ["'{}' is none", "tel{}", "phone-{}", "row 3: {}, 2 of 9", "{} 2026-12-01", "{}x"])
def test_a_number_is_masked_however_somebody_wrote_it(around: str, written: str) -> None:
    assert masked(around.format(written)) == around.format("•••456")
