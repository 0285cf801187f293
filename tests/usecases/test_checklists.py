"""What somebody carries out by hand: given out once, ticked off, proved by the next export or refuted."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.errors import Exit, UsageError
from reconciler.model.plan import Choices, Plan
from reconciler.ports import Outcome, Result
from reconciler.sandbox import Sandbox, seeds
from reconciler.settings import world
from reconciler.usecases.application import Applied, ApplyRequest, Front
from reconciler.usecases.applying import apply
from reconciler.usecases.cancelling import cancel
from reconciler.usecases.checklists import Standing, standing, tick, write_checklist
from reconciler.usecases.past import past_run
from reconciler.usecases.planning import PlanRequest, make_plan
from tests.harness import Progress, Trial, person, run
from tests.providers.exports import LAYOUTS, provider_part

AN, BART, ELS = "an.peeters@brouwerij.example", "bart.maes@brouwerij.example", "els.claes@brouwerij.example"
USERS = f"""users:
  {AN}:
    services:
      phone: {{bundle: mobile-25, number: "+32470000001", options: [roaming-world]}}
      tablet: {{bundle: data-20}}
  {BART}:
    services: {{}}
  {ELS}:
    services:
      phone: {{bundle: mobile-10, number: "+32470000003", state: blocked}}
"""
SEED = seeds.FleetSeed(
    contract=seeds.ContractSeed(removal_base=10),
    users=(person(AN), person(BART), person(ELS)),
    services=(
        seeds.ServiceSeed(AN, "phone", "mobile-10", "+32470000001", started=date(2024, 1, 15)),
        seeds.ServiceSeed(BART, "phone", "mobile-10", "+32470000002", started=date(2024, 1, 15)),
        seeds.ServiceSeed(ELS, "phone", "mobile-10", "+32470000003", started=date(2024, 1, 15)),
    ),
)


class Company:
    """A fleet over files, the operator behind the portal, and somebody who clicks in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "fleet"
        (self.root / "users").mkdir(parents=True)
        contract = "contract: {id: MC-2026-001, start: 2020-01-01, end: 2099-12-31, quota: {base: 10}}\n"
        head = f"version: 1\norganisation: brouwerij-demo\n{contract}"
        (self.root / "fleet.yaml").write_text(head + provider_part(LAYOUTS["en"]), encoding="utf-8")
        (self.root / "users" / "all.yaml").write_text(USERS, encoding="utf-8")
        self.sandbox = Sandbox.open(":memory:")
        self.sandbox.load(SEED, now=datetime.now(UTC) - timedelta(hours=2))
        self.export(hours=0)
        shutil.move(self.root / "en" / "catalogue.yaml", self.root / "catalogue.yaml")
        self.clicks = folder / "clicks"
        shutil.copytree(self.root, self.clicks)

    def export(self, *, hours: int = 3) -> None:
        """Have the portal export everything, so much later."""
        self.sandbox.advance(timedelta(hours=hours))
        self.sandbox.export("en", self.root / "en")

    def click(self, *targets: str) -> None:
        """Carry out in the portal what the files want of some users, or of all."""
        front = Front(lambda _: True, lambda _: None, lambda *_: None, Progress())
        request = ApplyRequest(PlanRequest(Choices(targets=targets)), auto_approve=True, allow_removals=9)
        applied = run(apply(Trial(self.sandbox).world(self.clicks), request, front))
        assert applied.exit_code is Exit.DONE

    def apply(self) -> Applied:
        """Plan, and give out what is to be done."""
        front = Front(lambda _: True, lambda _: None, lambda *_: None, Progress())
        return run(apply(world(self.root), ApplyRequest(auto_approve=True, allow_removals=9), front))

    def plan(self) -> Plan:
        return run(make_plan(world(self.root), PlanRequest())).plan

    def codes(self) -> list[str]:
        return [finding.code for finding in self.plan().findings]

    def tick(self, *words: str, undo: bool = False) -> None:
        run(tick(world(self.root), words, undo=undo))

    def standing(self) -> Standing:
        return run(standing(world(self.root)))


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


ALL = (f"{AN}/phone", f"{AN}/tablet", f"{BART}/phone", f"{ELS}/phone")


def results(outcomes: Mapping[str, Outcome]) -> dict[str, Result]:
    return {address: outcome.result for address, outcome in outcomes.items()}


def test_what_is_ordered_waits_for_a_human_and_is_not_ordered_again(company: Company) -> None:
    applied = company.apply()
    assert applied.exit_code is Exit.WAITING
    assert results(applied.outcomes) == dict.fromkeys(ALL, Result.WAITING)
    plan = company.plan()
    assert (plan.summary.ready, plan.summary.in_flight) == (0, 4)
    assert plan.quota.used == 1
    assert company.apply().outcomes == {}


def test_ticking_everything_exporting_again_and_planning_is_empty(company: Company) -> None:
    run_id = company.apply().run_id
    company.tick(*ALL)
    assert company.plan().summary.in_flight == 4
    company.click()
    company.export()
    plan = company.plan()
    assert plan.actions == ()
    assert not {"ticked-not-done", "done-not-ticked"} & {finding.code for finding in plan.findings}
    assert company.apply().plan.actions == ()
    assert company.standing() == Standing((), {})
    assert {each.result for each in past_run(world(company.root), str(run_id))[1]} == {Result.DONE}


def test_what_was_ticked_and_not_done_is_reported_and_planned_again(company: Company) -> None:
    company.apply()
    company.tick(*ALL)
    company.click(AN)
    company.export()
    told = [finding for finding in company.plan().findings if finding.code == "ticked-not-done"]
    assert [(finding.user, finding.label) for finding in told] == [(BART, "phone"), (ELS, "phone")]
    assert {action.id for action in company.plan().ready} == {f"{BART}/phone", f"{ELS}/phone"}
    shown = company.standing().shown
    found = {task.address: outcome.result for task, outcome in shown.items()}
    assert found == dict(zip(ALL, (Result.DONE, Result.DONE, Result.FAILED, Result.FAILED), strict=True))
    assert company.standing() == Standing((), {})
    assert company.apply().exit_code is Exit.WAITING


def test_what_was_done_and_not_ticked_is_reported(company: Company) -> None:
    company.apply()
    company.click(AN, ELS)
    company.export()
    assert company.codes().count("done-not-ticked") == 3
    applied = company.apply()
    assert results(applied.outcomes) == {f"{BART}/phone": Result.WAITING}


def test_a_change_that_was_done_in_part_is_not_done(company: Company) -> None:
    company.apply()
    users = company.clicks / "users" / "all.yaml"
    users.write_text(USERS.replace(", options: [roaming-world]", "", 1), encoding="utf-8")
    company.tick(f"{AN}/phone")
    company.click(AN)
    company.export()
    assert company.codes().count("ticked-not-done") == 1
    [action] = company.plan().ready[:1]
    assert [change.path for change in action.changes] == ["options"]


def test_a_tick_can_be_taken_back(company: Company) -> None:
    company.apply()
    company.tick(f"{AN}/phone")
    company.tick(f"{AN}/phone", undo=True)
    assert [task.ticked for task in company.standing().waiting] == [None] * 4


def test_a_tick_is_of_an_open_task_by_id_or_by_address(company: Company) -> None:
    company.apply()
    first = company.standing().waiting[0]
    company.tick(first.id.upper())
    assert company.standing().waiting[0].ticked
    with pytest.raises(UsageError, match="no open task 'nobody/phone'"):
        company.tick("nobody/phone")


def test_a_task_taken_off_the_checklist_is_planned_again(company: Company) -> None:
    company.apply()
    outcomes = run(cancel(world(company.root), None, confirm=lambda *_: True, timeout=1))
    assert set(results(outcomes).values()) == {Result.CANCELLED}
    assert company.plan().summary.ready == 4


def test_a_run_that_went_on_gives_nothing_out_twice(company: Company) -> None:
    first = company.apply()
    front = Front(lambda _: True, lambda _: None, lambda *_: None, Progress())
    again = run(apply(world(company.root), ApplyRequest(resume=True), front))
    assert again.run_id == first.run_id
    assert again.exit_code is Exit.WAITING
    assert len(company.standing().waiting) == 4


def test_a_run_that_was_told_to_stop_gives_the_rest_out_later(company: Company) -> None:
    front = Front(lambda _: True, lambda _: None, lambda *_: None, Progress())
    stop = asyncio.Event()
    stop.set()
    stopped = run(apply(world(company.root), ApplyRequest(auto_approve=True, allow_removals=9, stop=stop), front))
    assert set(results(stopped.outcomes).values()) == {Result.NOT_STARTED}
    assert len(company.apply().outcomes) == 4


def test_the_checklist_is_written_with_its_ticks_and_removals_last(company: Company) -> None:
    run_id = company.apply().run_id
    company.tick(f"{ELS}/phone")
    paths = run(write_checklist(world(company.root)))
    assert [path.name for path in paths] == [f"{run_id}{end}" for end in (".html", ".md", ".csv", "-add.csv")]
    text = paths[1].read_text(encoding="utf-8")
    order = [text.index(address) for address in (AN, ELS, "## Removals", BART)]
    assert order == sorted(order)
    assert text.count("- [ ] ") == 3
    assert "- [x] **change phone**" in text
    with pytest.raises(UsageError, match="no run 'nonsense'"):
        run(write_checklist(world(company.root), "nonsense"))


def test_another_portal_has_other_steps_and_sheets(company: Company) -> None:
    default = (Path(__file__).parents[2] / "reconciler" / "desired" / "mydstny.yaml").read_text(encoding="utf-8")
    own = default.replace("portal: MyDstny", "portal: Other").replace("    - 'Click \"Add Service\".'\n", "    - Go.\n")
    own += "  remove:\n    delimiter: ';'\n    columns: {Nummer: '{number}', Wat: '=stop'}\n"
    (company.root / "other.yaml").write_text(own, encoding="utf-8")
    settings = company.root / "fleet.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("type: file", "type: file\n  checklist: {template: other.yaml, folder: out}"))
    company.apply()
    paths = {path.name.partition("-")[2] or path.suffix: path for path in run(write_checklist(world(company.root)))}
    assert paths[".md"].parent == company.root / "out"
    assert "1. Go." in paths[".md"].read_text(encoding="utf-8")
    assert paths["remove.csv"].read_text(encoding="utf-8-sig").split() == ["Nummer;Wat", "+32470000002;'=stop"]


def test_there_is_no_checklist_where_the_provider_orders_by_itself(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("version: 1\norganisation: x\nprovider: {type: sandbox}\n")
    with pytest.raises(UsageError, match="no checklists with provider 'sandbox'"):
        run(standing(world(tmp_path)))
    assert run(write_checklist(world(tmp_path))) == []
