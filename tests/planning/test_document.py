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
from reconciler.model.saved import SavedPlan
from reconciler.model.snapshot import PlacedOrder
from reconciler.planning import document as writer
from reconciler.planning.drift import suspects, told
from reconciler.planning.quota import with_removals
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
    "where orders go": replace(PLAN, live=replace(PLAN.live, origin="tmf https://elsewhere.example")),
    "quota": replace(PLAN, quota=replace(PLAN.quota, planned=2)),
    "an action less": replace(PLAN, actions=PLAN.actions[1:]),
    "an action more": replace(PLAN, actions=(*PLAN.actions, PLAN.actions[0])),
    "the order of actions": replace(PLAN, actions=PLAN.actions[::-1]),
    "id": changed(Kind.ADD, lambda action: action._replace(id="x")),
    "kind": changed(Kind.ADD, lambda action: action._replace(kind=Kind.CHANGE)),
    "status": changed(Kind.ADD, lambda action: action._replace(status=Status.DEFERRED)),
    "live id": changed(Kind.REMOVE, lambda action: action._replace(live_id="c")),
    "fee": changed(Kind.ADD, lambda action: action._replace(cost=action.cost._replace(monthly_delta=eur("10.01")))),
    "user": changed(Kind.ADD, lambda action: action._replace(user="x")),
    "label": changed(Kind.ADD, lambda action: action._replace(label="x")),
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
    assert PLAN.live.origin == "sandbox .fleet/sandbox.db"
    assert writer.digest(PLAN) == "sha256:edf3064c81c3b940a94cd7b254a87103c1007114d85943f2a7b69d9332e4bdb2"
    assert writer.digest_1(PLAN) == "sha256:beba820cb51a906977b47bab7fa688a73ace1aa3862d572008d0f1af98605a6c"


def test_a_saved_plan_reads_back_as_it_was() -> None:
    assert loads(TEXT, name="plan.json") == SavedPlan(PLAN, "2.0", json.loads(TEXT)["checksum"], TEXT)


def test_the_order_of_keys_and_white_space_do_not_matter() -> None:
    shuffled = json.dumps(dict(reversed(json.loads(TEXT).items())), indent=7)
    assert loads(shuffled.replace("\n", "\r\n"), name="plan.json").plan == PLAN


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


def forged(edit: Callable[[dict[str, Any]], object]) -> str:
    """Return the saved plan edited by somebody who makes its checksum fit."""
    raw = json.loads(TEXT)
    edit(raw)
    return json.dumps(raw | {"checksum": writer.checksum(raw)})


def part(*path: Any) -> Callable[[dict[str, Any]], Any]:
    """Return what finds the part of a document at a path."""

    def found(raw: dict[str, Any]) -> Any:
        inner: Any = raw
        for key in path:
            inner = inner[key]
        return inner

    return found


#: What follows from the actions, each with an edit that only a reader who works it out again can notice.
DERIVED: dict[str, tuple[tuple[Any, ...], Any]] = {
    "kind": (("actions", 1, "kind"), "change"),
    "a transfer shown as a change of cost centre": (
        ("actions", 0, "changes"),
        [{"path": "cost_centre", "before": "SALES", "after": "BREW"}],
    ),
    "no changes": (("actions", 0, "changes"), []),
    "a removal that counts for nothing": (("actions", 1, "counts_against_quota"), False),
    "0 to remove": (("summary", "remove"), 0),
    "one more to add": (("summary", "add"), 2),
    "one transfer": (("summary", "transfer"), 1),
    "nothing blocked": (("summary", "blocked"), 7),
    "monthly delta": (("bill", "monthly_delta"), "-99.00"),
    "next bill": (("bill", "next_bill_delta"), "-99.00"),
    "verdict": (("quota", "verdict"), "exceeded"),
    "remaining": (("quota", "remaining"), 99),
    "allowed": (("quota", "allowed"), 99),
    "a number that is a word": (("summary", "remove"), "1"),
    "a truth that is a number": (("actions", 1, "counts_against_quota"), 1),
    "a digest of other actions": (("digest",), "sha256:" + "0" * 64),
    "where orders go": (("live", "origin"), "tmf https://elsewhere.example"),
}


@pytest.mark.parametrize("name", DERIVED)
def test_what_follows_from_the_actions_is_worked_out_again_whatever_the_checksum_says(name: str) -> None:
    (*path, last), value = DERIVED[name]
    text = forged(lambda raw: part(*path)(raw).__setitem__(last, value))
    with pytest.raises(UnreadablePlan, match=r"was changed after it was made"):
        loads(text, name="plan.json")


@pytest.mark.parametrize("planned", [0, 2])
def test_the_quota_counts_the_removals_there_are(planned: int) -> None:
    other = replace(PLAN, quota=with_removals(PLAN.quota, planned))
    text = writer.dumps(writer.to_document(other, created_at=NOW))
    with pytest.raises(UnreadablePlan, match=rf"quota.planned says {planned}, and 1 would be removed"):
        loads(text, name="plan.json")


def test_what_says_something_twice_is_refused() -> None:
    text = TEXT.replace('"summary": {', '"summary": {\n    "remove": 0,', 1)
    assert loads(TEXT, name="plan.json").plan == PLAN
    with pytest.raises(UnreadablePlan, match="'remove' stands twice in one place"):
        loads(text, name="plan.json")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("quota", "ratio"), "1e999999"),
        (("quota", "ratio"), "three"),
        (("bill", "by_cost_centre", "SALES"), "lots"),
        (("bill", "monthly_before"), "9" * 400 + ".00"),
        (("novelty",), "\ud800"),
        (("created_at",), 7),
        (("organisation",), "\ud800"),
    ],
)
def test_a_value_that_is_none_is_no_plan_and_never_a_traceback(path: tuple[str, ...], value: Any) -> None:
    raw = json.loads(TEXT)
    part(*path[:-1])(raw)[path[-1]] = value
    with pytest.raises(UnreadablePlan):
        loads(json.dumps(raw), name="plan.json")


def test_a_later_minor_version_may_have_more_keys_and_an_unknown_major_one_is_refused() -> None:
    def newer(raw: dict[str, Any]) -> None:
        raw.update(format_version="2.7", novelty={"a": 1})
        raw["actions"][0]["novelty"] = raw["bill"]["novelty"] = True

    found = loads(forged(newer), name="plan.json")
    assert (found.plan, found.version, found.is_old) == (PLAN, "2.7", False)
    for version in ("3.0", "0.9", "10.0", "20.1", "", "two"):
        with pytest.raises(UnreadablePlan, match=f"has plan format {version}; this version of fleet reads formats 1.x"):
            loads(json.dumps(json.loads(TEXT) | {"format_version": version}), name="plan.json")


OLD = Path(__file__).parent / "plan-1.1.json"
#: `values-missing` is a check that came later.
FOUND_THEN = tuple(each for each in PLAN.findings if each.code != "values-missing")


def test_a_plan_of_the_format_1_1_reads_back_to_be_shown() -> None:
    found = loads(OLD.read_text(encoding="utf-8"), name="plan.json")
    assert (found.version, found.is_old, found.plan.live.origin) == ("1.1", True, None)
    assert found.plan == replace(PLAN, live=replace(PLAN.live, origin=None), findings=FOUND_THEN)


def test_a_plan_saved_before_the_format_knew_of_days_to_come_and_of_drift_reads_back() -> None:
    later = ("upcoming", "inquiry")
    old = json.loads(OLD.read_text(encoding="utf-8"))
    raw = {key: value for key, value in old.items() if key not in later} | {"format_version": "1.0"}
    for action in raw["actions"]:
        del action["drift"]
    before = tuple(action._replace(drift=None) for action in PLAN.actions)
    found = loads(json.dumps(raw | {"checksum": writer.checksum(raw)}), name="plan.json")
    live = replace(PLAN.live, origin=None)
    assert found.plan == replace(PLAN, live=live, upcoming=(), inquiry=None, actions=before, findings=FOUND_THEN)


@pytest.mark.parametrize("name", [name for name in DERIVED if name != "where orders go"])
def test_an_old_plan_that_says_otherwise_than_its_actions_is_refused_too(name: str) -> None:
    raw = json.loads(OLD.read_text(encoding="utf-8"))
    (*path, last), value = DERIVED[name]
    part(*path)(raw)[last] = value
    with pytest.raises(UnreadablePlan, match="was changed after it was made"):
        loads(json.dumps(raw | {"checksum": writer.checksum(raw)}), name="plan.json")


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
    assert loads(text, name="plan.json").plan == made


def test_money_is_text_with_two_decimals_and_the_ratio_a_plain_decimal() -> None:
    raw = json.loads(TEXT)
    assert raw["bill"]["monthly_delta"] == str(PLAN.bill.monthly_delta)
    assert Decimal(raw["quota"]["ratio"]) == PLAN.quota.ratio
    assert "E" not in raw["quota"]["ratio"]
