"""The plan as a document: what its digest covers, and how it is read back or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.errors import Place, UnreadablePlan
from reconciler.model.config import ProtectRule
from reconciler.model.fleet import Activation, PortIn, Sim, SimType, State, Turn
from reconciler.model.plan import Action, Inquiry, Kind, Plan, Status
from reconciler.model.snapshot import PlacedOrder
from reconciler.planning import document as writer
from reconciler.planning.drift import suspects, told
from reconciler.planning.saved import loads
from tests.harness import PLACE, Trial, with_quota
from tests.planning.values import AN, JAN, NUMBERS, eur, fleet, live, planned, service, snapshot
from tests.properties.fleets import fleet_seeds, wanted

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "plan.schema.json").read_text())


def example() -> Plan:
    """Return a plan with an addition, a change and a removal."""
    new = service(JAN, number=NUMBERS[3], activation=Activation.EMAIL, port_in=PortIn("Proximus", "B-77", NOW.date()))
    kept = service(AN, bundle="mobile-25", options={"calls"}, number=NUMBERS[1], sim=Sim(SimType.ESIM))
    held = live("a", service(AN, number=NUMBERS[1], options={"roaming"}))
    doomed = live("b", service(AN, "tablet", "data-5", number=NUMBERS[2], state=State.BLOCKED))
    protect = (ProtectRule("x/y", Place("fleet.yaml", 37, 5), NOW.date()),)
    wanted = replace(fleet(new, kept, protect=protect), turns=(Turn(date(2026, 12, 1), kept, None, PLACE),))
    here = snapshot(held, doomed, ratio="1", base=2, used=0)
    made = planned(wanted, here)
    order = PlacedOrder("ord-3", "completed", "T-12", NOW, "portal", ("by telephone",))
    return told(made, suspects(made, here), {"a": order}, Inquiry(2, 1, "nobody answers"))


PLAN = example()
TEXT = writer.dumps(writer.to_document(PLAN, created_at=NOW))


def changed(kind: Kind, change: Callable[[Action], Action]) -> Plan:
    """Return the plan with its action of a kind changed."""
    actions = tuple(change(action) if action.kind is kind else action for action in PLAN.actions)
    return replace(PLAN, actions=actions)


def after(**parts: Any) -> Plan:
    """Return the plan with the service after its change another one."""
    return changed(Kind.CHANGE, lambda action: action._replace(after=action.after._replace(**parts)))  # type: ignore[union-attr]


def before(**parts: Any) -> Plan:
    """Return the plan with the service before its removal another one."""
    return changed(Kind.REMOVE, lambda action: action._replace(before=action.before._replace(**parts)))  # type: ignore[union-attr]


OTHERS = {
    "organisation": replace(PLAN, organisation="other"),
    "contract": replace(PLAN, contract="MC-2026-002"),
    "provider": replace(PLAN, live=replace(PLAN.live, provider="tmf")),
    "account": replace(PLAN, live=replace(PLAN.live, account="org-other")),
    "quota": replace(PLAN, quota=replace(PLAN.quota, planned=2)),
    "an action less": replace(PLAN, actions=PLAN.actions[1:]),
    "an action more": replace(PLAN, actions=(*PLAN.actions, PLAN.actions[0])),
    "the order of actions": replace(PLAN, actions=PLAN.actions[::-1]),
    "id": changed(Kind.ADD, lambda action: action._replace(id="x")),
    "kind": changed(Kind.ADD, lambda action: action._replace(kind=Kind.CHANGE)),
    "status": changed(Kind.ADD, lambda action: action._replace(status=Status.DEFERRED)),
    "live id": changed(Kind.REMOVE, lambda action: action._replace(live_id="c")),
    "fee": changed(Kind.ADD, lambda action: action._replace(cost=action.cost._replace(monthly_delta=eur("10.01")))),
    "counts": changed(Kind.REMOVE, lambda action: action._replace(counts_against_quota=False)),
    "after user": after(user=JAN),
    "after label": after(label="mobile"),
    "after bundle": after(bundle="data-5"),
    "after options": after(options=frozenset()),
    "after number": after(number=None),
    "after sim type": after(sim=Sim(SimType.PHYSICAL)),
    "after iccid": after(sim=Sim(SimType.ESIM, "8932050000000000013")),
    "after eid": after(sim=Sim(SimType.ESIM, None, "89034011560010000000000000000121")),
    "after state": after(state=State.BLOCKED),
    "after cost centre": after(cost_centre="BREW"),
    "after activation": after(activation=Activation.ADMINISTRATOR),
    "after port-in": after(port_in=PortIn("Orange", "B-77")),
    "before number": before(number=NUMBERS[9]),
    "before bundle": before(bundle="mobile-10"),
    "before state": before(state=None),
}


def test_any_field_of_what_is_approved_changes_the_digest() -> None:
    digests = {name: writer.digest(plan) for name, plan in OTHERS.items()}
    assert len({*digests.values(), writer.digest(PLAN)}) == len(OTHERS) + 1


def test_time_places_findings_and_the_pro_rata_part_do_not_change_the_digest() -> None:
    def moved(action: Action) -> Action:
        cost = action.cost._replace(next_bill_delta=eur("1"), lines=())
        return action._replace(place=Place("elsewhere.yaml", 9, 9), reason="because", cost=cost, drift=None)

    later = replace(
        PLAN,
        tool_version="2",
        day=PLAN.day + timedelta(days=1),
        live=replace(PLAN.live, read_at=NOW, users=9, services=9, source="http://elsewhere"),
        desired=replace(PLAN.desired, root="/elsewhere", commit="abc", digest="sha256:0"),
        findings=(),
        upcoming=(),
        inquiry=None,
        actions=tuple(moved(action) for action in PLAN.actions),
    )
    assert writer.digest(later) == writer.digest(PLAN)


def test_the_digest_of_a_known_plan_is_the_same_on_every_machine_and_in_every_version_of_this_format() -> None:
    assert writer.digest(PLAN) == "sha256:beba820cb51a906977b47bab7fa688a73ace1aa3862d572008d0f1af98605a6c"


def test_a_saved_plan_reads_back_as_it_was() -> None:
    assert loads(TEXT, name="plan.json") == PLAN


def test_the_order_of_keys_and_white_space_do_not_matter() -> None:
    shuffled = json.dumps(dict(reversed(json.loads(TEXT).items())), indent=7)
    assert loads(shuffled.replace("\n", "\r\n"), name="plan.json") == PLAN


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of every plain value of a document."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, inner in enumerate(value) for leaf in leaves(inner, (*path, index))]
    return [path]


@pytest.mark.parametrize("path", leaves(json.loads(TEXT)), ids=lambda path: ".".join(map(str, path)))
def test_no_single_value_of_a_saved_plan_can_be_edited(path: tuple[Any, ...]) -> None:
    raw = json.loads(TEXT)
    inner = raw
    for key in path[:-1]:
        inner = inner[key]
    old = inner[path[-1]]
    inner[path[-1]] = not old if isinstance(old, bool) else f"{old or ''}0" if not isinstance(old, int) else old + 1
    with pytest.raises(UnreadablePlan):
        loads(json.dumps(raw), name="plan.json")


def test_an_edited_plan_with_a_checksum_that_fits_still_fails_its_digest() -> None:
    raw = json.loads(TEXT)
    raw["actions"][0]["after"]["bundle"] = "data-5"
    raw["checksum"] = writer.checksum(raw)
    with pytest.raises(UnreadablePlan, match="was changed after it was made"):
        loads(json.dumps(raw), name="plan.json")


def test_a_later_minor_version_may_have_more_keys_and_a_later_major_one_is_refused() -> None:
    raw = json.loads(TEXT) | {"format_version": "1.7", "novelty": {"a": 1}}
    raw["actions"][0]["novelty"] = True
    raw["checksum"] = writer.checksum(raw)
    assert loads(json.dumps(raw), name="plan.json") == PLAN
    for version in ("2.0", "0.9", "10.0"):
        with pytest.raises(UnreadablePlan, match=f"has plan format {version}; this version of fleet reads format 1.x"):
            loads(json.dumps(raw | {"format_version": version}), name="plan.json")


def test_a_plan_saved_before_the_format_knew_of_days_to_come_and_of_drift_reads_back() -> None:
    later = ("upcoming", "inquiry")
    raw = {key: value for key, value in json.loads(TEXT).items() if key not in later} | {"format_version": "1.0"}
    for action in raw["actions"]:
        del action["drift"]
    before = tuple(action._replace(drift=None) for action in PLAN.actions)
    found = loads(json.dumps(raw | {"checksum": writer.checksum(raw)}), name="plan.json")
    assert found == replace(PLAN, upcoming=(), inquiry=None, actions=before)


@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1")), st.just("[]"), st.just("{}")))
def test_nonsense_is_no_plan_and_never_a_traceback(text: str) -> None:
    with pytest.raises(UnreadablePlan):
        loads(text, name="plan.json")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_plan_fits_the_published_schema_and_reads_back(data: st.DataObject) -> None:
    seed = data.draw(fleet_seeds())
    trial = Trial.of(seed, with_quota(base=10))
    made = trial.plan(data.draw(wanted(seed)))
    text = writer.dumps(writer.to_document(made, created_at=NOW))
    jsonschema.validate(json.loads(text), SCHEMA)
    assert loads(text, name="plan.json") == made


def test_money_is_text_with_two_decimals_and_the_ratio_a_plain_decimal() -> None:
    raw = json.loads(TEXT)
    assert raw["bill"]["monthly_delta"] == str(PLAN.bill.monthly_delta)
    assert Decimal(raw["quota"]["ratio"]) == PLAN.quota.ratio
    assert "E" not in raw["quota"]["ratio"]
