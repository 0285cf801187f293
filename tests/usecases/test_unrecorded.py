"""Orders that the operator has and the journal does not know: what is waited for, found, and never placed again."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import select

from reconciler.applying.attempts import FEWEST, actions_ordered, orders_of_attempts
from reconciler.applying.executor import reference
from reconciler.errors import Exit, JournalError, Stopped
from reconciler.model.plan import Finding, Kind, Severity
from reconciler.ports import Handle, Orderer, Outcome, Result, World
from reconciler.providers.tmf import TmfProvider
from reconciler.providers.tmf.client import Client
from reconciler.providers.tmf.reader import TmfReader
from reconciler.sandbox import seeds
from reconciler.sandbox.schema import orders
from reconciler.usecases.application import ApplyRequest, Front
from reconciler.usecases.applying import apply
from tests.crash.operator import Hidden
from tests.desired.files import write
from tests.harness import Progress, Trial, person, run
from tests.planning.values import AN, JAN, fleet, live, planned, service, snapshot
from tests.usecases.office import SETTINGS, user, users

NELE, PIET = "nele.nieuw@brouwerij.example", "piet.nieuw@brouwerij.example"
CI = "gh4711"
PHONE = "{bundle: mobile-10}"
LATE = 1000.0


class Remote(TmfProvider):
    """An operator that need not show at once what it was sent, though it is in this process."""

    def _reader(self, client: Client) -> TmfReader:
        return TmfReader(client, self._config, self._settings, name=self._name)


@dataclass
class Desk:
    """Two users who are to have phones, an operator that shows orders late, and somebody who applies the files."""

    folder: Path
    late: float = 0.0
    patience: float = 0.1
    run_id: str = CI
    repeats: bool = True
    journal: str = "journal"
    found: list[Finding] = field(default_factory=list)
    #: Set as soon as somebody is told that orders may be in the air.
    ends_waiting: asyncio.Event | None = None

    def __post_init__(self) -> None:
        self.trial = Trial.of(seeds.FleetSeed(users=(person(NELE), person(PIET))))
        self.trial.sandbox.configure(unique_external_id=False)
        self.operator = Hidden(self.trial.sandbox.app(), self.late)
        write(self.root, one=users(user(NELE, PHONE), user(PIET, PHONE)))

    @property
    def root(self) -> Path:
        """The folder of the files."""
        return self.folder / "fleet"

    def world(self, more: str = "") -> World:
        """Return the world of this desk; `more` is what its settings have beside."""
        write(self.root, fleet=f"{SETTINGS}journal: {{patience: {self.patience}{more}}}\n")
        settings, operator = self.trial.settings, self.operator
        return replace(
            self.trial.world(self.root),
            provider=lambda config: Remote(config, settings, name="tmf", app=operator),
            run_id=lambda: self.run_id,
            run_repeats=self.repeats,
            journal_url=lambda _: f"sqlite:///{self.folder}/{self.journal}.db",
        )

    def apply(self, more: str = "", **request: Any) -> Mapping[str, Outcome]:
        """Apply what is to be done, and return what became of it."""
        self.found.clear()
        wanted = ApplyRequest(auto_approve=not request.get("resume"), allow_removals=9, parallelism=1, **request)

        def notice(finding: Finding) -> None:
            self.found.append(finding)
            if self.ends_waiting is not None and finding.code == "orders-in-the-air":
                self.ends_waiting.set()

        front = Front(lambda _: True, lambda _: None, lambda *_: None, Progress(), notice)
        return run(apply(self.world(more), wanted, front)).outcomes

    def results(self, **request: Any) -> list[str]:
        """Apply, and return what became of the actions."""
        return [outcome.result.value for outcome in self.apply(**request).values()]

    def references(self) -> list[str]:
        """Return the references of all orders, by the operator's own book."""
        with self.trial.sandbox.transaction() as connection:
            return sorted(connection.execute(select(orders.c.external_id)).scalars())

    def codes(self) -> list[str]:
        """Return the codes of what was found before the first order."""
        return [finding.code for finding in self.found]


def test_an_order_that_shows_within_patience_is_not_placed_again_though_the_journal_is_lost(tmp_path: Path) -> None:
    desk = Desk(tmp_path, late=1.0)
    assert desk.results() == ["unknown", "unknown"], "accepted, and not shown yet"
    desk.journal, desk.patience = "another", 2.0
    assert desk.results() == []
    assert desk.codes() == ["journal-not-shared", "orders-in-the-air"]
    assert len(desk.references()) == 2


@pytest.mark.parametrize("repeats", [True, False])
def test_beyond_patience_and_without_the_journal_it_is_placed_twice_as_was_said_before(
    tmp_path: Path, repeats: bool
) -> None:
    desk = Desk(tmp_path, late=LATE, repeats=repeats)
    assert desk.results() == ["unknown", "unknown"]
    desk.journal = "another"
    assert desk.results() == ["unknown", "unknown"]
    [unshared, _] = desk.found
    assert (unshared.code, unshared.severity) == ("journal-not-shared", Severity.WARNING)
    assert "can be placed twice" in unshared.message
    assert "journal.url_env" in str(unshared.hint)
    assert len(desk.references()) == 4


def test_beyond_patience_and_with_the_journal_what_was_accepted_is_never_placed_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, late=LATE)
    assert desk.results() == ["unknown", "unknown"]
    for resume in (True, False, True):
        outcomes = desk.apply(resume=resume)
        assert {outcome.result for outcome in outcomes.values()} == {Result.UNKNOWN}
        assert all("accepted order" in str(outcome.reason) for outcome in outcomes.values())
    desk.run_id = "gh4712"  # a new plan
    assert desk.results() == ["unknown", "unknown"]
    assert len(desk.references()) == 2
    desk.operator.show()
    assert desk.results(resume=True) == ["done", "done"]
    assert len(desk.references()) == 2


def test_what_was_accepted_and_does_not_show_for_a_day_has_failed_and_is_ordered_by_a_new_plan(tmp_path: Path) -> None:
    desk = Desk(tmp_path, late=LATE)
    assert desk.results() == ["unknown", "unknown"]
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as journal:
        journal.execute("update orders set intended = '2020-01-01T00:00:00.000000+00:00'")
    for outcome in desk.apply(resume=True).values():
        assert outcome.result is Result.FAILED
        assert "does not show it a day later; it is not ordered again by this run" in str(outcome.reason)
    assert len(desk.references()) == 2
    desk.run_id = "gh4712"
    desk.operator.show()
    write(desk.root, one=users(user(NELE, "{bundle: mobile-25}"), user(PIET, PHONE)))
    assert desk.results() == ["done"]


def test_a_signal_ends_the_waiting_and_nothing_is_ordered(tmp_path: Path) -> None:
    desk = Desk(tmp_path, patience=3600.0, ends_waiting=asyncio.Event())
    with pytest.raises(Stopped):
        desk.apply(stop=desk.ends_waiting)
    assert desk.codes() == ["journal-not-shared", "orders-in-the-air"]
    assert desk.references() == []


def test_a_journal_that_knows_this_organisation_and_all_orders_of_ours_waits_for_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, run_id="first", repeats=False)
    assert desk.results() == ["done", "done"]
    assert "orders-in-the-air" in desk.codes(), "it was new"
    desk.run_id = "second"
    write(desk.root, one=users(user(NELE, "{bundle: mobile-25}"), user(PIET, PHONE)))
    assert desk.results() == ["done"]
    assert desk.codes() == ["journal-not-shared"]


def test_orders_of_ours_that_the_journal_does_not_know_have_it_wait(tmp_path: Path) -> None:
    desk = Desk(tmp_path, run_id="here", repeats=False)
    assert desk.results() == ["done", "done"]
    desk.journal, desk.run_id = "elsewhere", "there"
    write(desk.root, one=users(user(NELE, "{bundle: mobile-25}"), user(PIET, PHONE)))
    assert desk.results() == ["done"]
    desk.journal, desk.run_id = "journal", "here-again"
    write(desk.root, one=users(user(NELE, "{bundle: mobile-25}"), user(PIET, "{bundle: mobile-25}")))
    assert desk.results() == ["done"]
    [_, waited] = desk.found
    assert (waited.code, waited.severity) == ("orders-in-the-air", Severity.INFO)
    assert "orders that this journal does not know, there-0001 among them" in waited.message


def test_a_journal_that_was_put_back_to_an_earlier_state_numbers_on_past_what_the_operator_has(tmp_path: Path) -> None:
    desk = Desk(tmp_path, late=LATE)
    assert desk.results() == ["unknown", "unknown"]
    desk.operator.show()
    with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as journal:
        for table in ("actions", "orders"):
            journal.execute(f"delete from {table} where number = 2")
    write(desk.root, one=users(f"{user(NELE, PHONE)}      tablet: {{bundle: data-5}}\n", user(PIET, PHONE)))
    assert desk.results() == ["done"]
    assert desk.references() == [f"{CI}-0001", f"{CI}-0002", f"{CI}-0003"]


def test_where_a_shared_journal_is_required_a_file_of_this_machine_is_refused_before_anything_is_read(
    tmp_path: Path,
) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(JournalError, match="require_shared") as refused:
        desk.apply(", require_shared: true")
    assert refused.value.exit_code is Exit.ERROR
    assert "journal.url_env" in str(refused.value.hint)
    assert desk.references() == []


class Numbers:
    """An operator that has orders under some numbers of a run."""

    def __init__(self, *numbers: int) -> None:
        self.known = {reference("r", number): [Handle(f"ord-{number}", "")] for number in numbers}
        self.asked: list[str] = []

    async def find_each(self, references: Sequence[str]) -> Mapping[str, Sequence[Handle]]:
        """Return those it has."""
        self.asked += references
        return {each: self.known[each] for each in references if each in self.known}


@pytest.mark.parametrize(
    ("numbers", "planned", "found"),
    [
        ((), 3, set()),
        ((2, 5), 3, {2, 5}),
        ((FEWEST,), 3, {FEWEST}),
        ((FEWEST, FEWEST * 2, FEWEST * 3), 3, {FEWEST, FEWEST * 2, FEWEST * 3}),
        ((400,), 500, {400}),
        ((FEWEST + 1,), 3, set()),
    ],
)
def test_as_many_references_as_may_have_been_planned_are_asked_for_beyond_the_highest_found(
    numbers: tuple[int, ...], planned: int, found: set[int]
) -> None:
    operator = Numbers(*numbers)
    made = asyncio.run(orders_of_attempts(cast(Orderer, operator), "r", planned=planned))
    assert made.keys() == found
    assert len(operator.asked) == len(set(operator.asked)) == max(found, default=0) + max(planned, FEWEST)


def test_an_order_is_known_by_the_products_it_names_or_by_whom_and_what_it_adds() -> None:
    wanted = fleet(service(bundle="mobile-25"), service(label="tablet", bundle="data-5"), service(JAN, "phone"))
    there = snapshot(live("a", options=["calls"]))
    actions = planned(wanted, there).actions
    assert [action.kind for action in actions] == [Kind.CHANGE, Kind.ADD, Kind.ADD]
    an, jan = (there.users[key].id for key in (AN, JAN))

    def ordered(handle: Handle) -> list[str]:
        services = {each.id: each for each in there.services}
        return [each.id for each in actions_ordered([handle], actions, users=there.users, services=services)]

    assert ordered(Handle("1", "r", products=frozenset({"a"}))) == [f"{AN}/phone"]
    assert ordered(Handle("1", "r", products=frozenset({"a-calls"}))) == [f"{AN}/phone"], "by an option of it"
    assert ordered(Handle("1", "r", user=an, added=("tablet",))) == [f"{AN}/tablet"]
    assert ordered(Handle("1", "r", user=jan, added=("tablet",))) == []
    assert ordered(Handle("1", "r", user=jan, added=(None,))) == [f"{JAN}/phone"], "an operator that tells no labels"
