"""Random fleets are billed by the sandbox's own rules, errors are planted in the bills, and each is found, no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, insert

from reconciler.model.bill_check import BillCheck, BundleChange, Fault
from reconciler.model.catalogue import Bundle, Catalogue, Option
from reconciler.model.fleet import DesiredFleet, Service, Turn
from reconciler.model.money import Money
from reconciler.model.snapshot import EndedOption, LiveOption, LiveService, Presence, Snapshot
from reconciler.planning.bill_check import check_bill
from reconciler.planning.fee_history import fee_history
from reconciler.providers.bills.reading import read_bill
from reconciler.sandbox import Sandbox, billing
from reconciler.sandbox.catalogue import OFFERINGS
from reconciler.sandbox.invoices import invoice
from reconciler.sandbox.schema import bill_lines, bills, fees, products, settlements
from tests.harness import PLACE, desired
from tests.planning.values import snapshot

BUNDLES = ("mobile-10", "mobile-25", "data-20", "mobile-max")
OPTIONS = ("roaming-world", "voicemail-plus", "international-calls")
MONTHS = (date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1), date(2028, 3, 1))
Found = tuple[Fault, str, str, Decimal]


def money(word: str) -> Money:
    return Money(OFFERINGS[word].monthly, "EUR")


CATALOGUE = Catalogue(
    {word: Bundle(word, OFFERINGS[word].name, money(word), options=frozenset(OPTIONS)) for word in BUNDLES},
    {word: Option(word, OFFERINGS[word].name, money(word)) for word in OPTIONS},
)


@dataclass
class Fee:
    """A fee as the sandbox logs it."""

    product: str
    word: str
    started: date
    stopped: date | None


@dataclass
class Line:
    """A service with its fees: bundles one after the other, options whenever."""

    id: str
    user: str
    number: str
    bundles: list[Fee]
    options: list[Fee] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"{self.user}/{self.id}"

    @property
    def fees(self) -> list[Fee]:
        return [*self.bundles, *self.options]

    @property
    def ended(self) -> date | None:
        return self.bundles[-1].stopped


def fleet_of(random: Random, month: date) -> list[Line]:
    """Return services that began, changed and ended around the month before `month`."""

    def day(after: date | None = None) -> date:
        least = after or month - timedelta(days=75)
        return least + timedelta(days=random.randint(0 if after is None else 1, 60))

    lines = []
    for n in range(random.randint(1, 7)):
        identity, cuts = f"prd-{n:02d}", [day()]
        while random.random() < 0.35:
            cuts.append(day(cuts[-1]))
        ended = day(cuts[-1]) if random.random() < 0.35 else None
        words = random.sample(BUNDLES, len(cuts)) if len(cuts) <= len(BUNDLES) else []
        if not words:
            continue
        stops = [*cuts[1:], ended]
        bundles = [Fee(identity, *each) for each in zip(words, cuts, stops, strict=True)]
        line = Line(identity, f"user{random.randint(1, 4)}@brouwerij.example", f"+3247000{n:04d}", bundles)
        for m, word in enumerate(random.sample(OPTIONS, random.randint(0, 3))):
            began = day(cuts[0])
            over = day(began) if random.random() < 0.5 else ended
            if ended is not None and (over is None or over > ended):
                over = ended
            if ended is None or began < ended:
                line.options.append(Fee(f"{identity}-{m}", word, began, over))
        lines.append(line)
    return lines


def live_of(lines: list[Line]) -> tuple[Snapshot, list[BundleChange]]:
    """Return what the operator tells of the services, and how their bundles changed."""
    here: list[LiveService] = []
    gone: list[LiveService] = []
    ended: list[EndedOption] = []
    changes: list[BundleChange] = []
    for line in lines:
        held = [fee for fee in line.options if fee.stopped is None]
        service = Service(
            line.user, line.id, line.bundles[-1].word, frozenset(fee.word for fee in held), number=line.number
        )
        item = LiveService(
            line.id,
            service,
            Presence.GONE if line.ended else Presence.PRESENT,
            tuple(LiveOption(fee.word, fee.product, None, fee.started) for fee in held),
            line.bundles[0].started,
            line.ended,
        )
        (gone if line.ended else here).append(item)
        ended += [EndedOption(fee.word, line.id, fee.started, fee.stopped) for fee in line.options if fee.stopped]
        pairs = zip(line.bundles, line.bundles[1:], strict=False)
        changes += [BundleChange(line.id, new.started, new.word, old.word) for old, new in pairs]
    users = sorted({line.user for line in lines})
    taken = snapshot(*here, gone=gone, users=users)
    return replace(taken, catalogue=CATALOGUE, ended_options=tuple(ended)), changes


def in_force(fee: Fee, month: date) -> bool:
    return fee.started < month and (fee.stopped is None or fee.stopped >= month)


def share(word: str, day: date) -> Decimal:
    return billing.rest_of_month(OFFERINGS[word].monthly, day)


@dataclass
class Bill:
    """A bill in the making: rows of the sandbox by what they are about, errors planted, and what should be found."""

    lines: list[Line]
    month: date
    rows: list[dict[str, Any]]
    random: Random
    fleet: DesiredFleet
    turned: list[Turn] = field(default_factory=list)
    planted: set[Found] = field(default_factory=set)
    touched: set[tuple[str, str]] = field(default_factory=set)

    def service(self, product: str) -> Line:
        return next(line for line in self.lines if product.startswith(line.id))

    def plant(self, fault: Fault, line: Line, word: str, amount: Decimal) -> None:
        self.planted.add((fault, line.address, word, amount))

    def pick(self, kind: str) -> dict[str, Any] | None:
        """Return a row of a kind about a fee that no other error was planted in."""
        free = [
            row
            for row in self.rows
            if row["kind"] in kind.split("|")
            and Decimal(row["amount"])
            and (self.service(row["product_id"]).id, row["offering"]) not in self.touched
        ]
        return self.touch(self.random.choice(free)) if free else None

    def touch(self, row: dict[str, Any]) -> dict[str, Any]:
        self.touched.add((self.service(row["product_id"]).id, row["offering"]))
        return row

    def add(self, fee: Fee) -> Decimal:
        """Bill a month of a fee that is not owed."""
        amount = OFFERINGS[fee.word].monthly
        row = {"product_id": fee.product, "offering": fee.word, "kind": "recurring", "amount": str(amount)}
        self.rows.append(
            self.touch({**row, "id": f"planted-{fee.product}-{fee.word}", "bill_id": self.rows[0]["bill_id"]})
        )
        return amount


def not_billed(bill: Bill) -> None:
    row = bill.pick("recurring|prorata")
    if row:
        bill.rows.remove(row)
        bill.plant(Fault.NOT_BILLED, bill.service(row["product_id"]), row["offering"], -Decimal(row["amount"]))


def missing_credit(bill: Bill) -> None:
    row = bill.pick("credit")
    if row:
        bill.rows.remove(row)
        bill.plant(Fault.MISSING_CREDIT, bill.service(row["product_id"]), row["offering"], -Decimal(row["amount"]))


def wrong_fee(bill: Bill) -> None:
    row = bill.pick("recurring")
    if row:
        more = Decimal(bill.random.choice(["0.01", "1.00", "-0.50"]))
        row["amount"] = str(Decimal(row["amount"]) + more)
        bill.plant(Fault.WRONG_FEE, bill.service(row["product_id"]), row["offering"], more)


def wrong_days(bill: Bill) -> None:
    row = bill.pick("prorata|credit")
    if row:
        before, sign = Decimal(row["amount"]), -1 if row["kind"] == "credit" else 1
        last = bill.month - timedelta(days=1)
        amounts = {sign * share(row["offering"], last - timedelta(days=back)) for back in range(28)}
        taken = {Decimal(each["amount"]) for each in bill.rows if each["product_id"] == row["product_id"]}
        other = bill.random.choice(sorted(amounts - taken - {Decimal("0.00")}))
        row["amount"] = str(other)
        bill.plant(Fault.WRONG_PRORATA, bill.service(row["product_id"]), row["offering"], other - before)


def billed_twice(bill: Bill) -> None:
    row = bill.pick("recurring")
    if row:
        bill.rows.append({**row, "id": f"again-{row['id']}"})
        bill.plant(Fault.BILLED_TWICE, bill.service(row["product_id"]), row["offering"], Decimal(row["amount"]))


def of_somebody_gone(bill: Bill) -> None:
    gone = [line for line in bill.lines if line.ended and line.ended < bill.month]
    fees_gone = [line for line in gone if (line.id, line.bundles[-1].word) not in bill.touched]
    if fees_gone and bill.rows:
        line = bill.random.choice(fees_gone)
        stays = any(each.user == line.user and each.ended is None for each in bill.lines)
        fault = Fault.NOT_DECLARED if stays else Fault.LEAVER
        bill.plant(fault, line, line.bundles[-1].word, bill.add(line.bundles[-1]))


def ended_option(bill: Bill) -> None:
    over = [
        (line, fee)
        for line in bill.lines
        if not line.ended or line.ended >= bill.month
        for fee in line.options
        if fee.stopped and fee.stopped < bill.month and (line.id, fee.word) not in bill.touched
    ]
    if over and bill.rows:
        line, fee = bill.random.choice(over)
        bill.plant(Fault.OPTION_ENDED, line, fee.word, bill.add(fee))


def leaver_in_the_files(bill: Bill) -> None:
    running = [line for line in bill.lines if not line.ended and in_force(line.bundles[-1], bill.month)]
    users = {line.user for line in running if not any((line.id, fee.word) in bill.touched for fee in line.fees)}
    users &= {user for user in bill.fleet.users if all(line.user != user or line in running for line in bill.lines)}
    users -= {bill.service(identity).user for identity, _ in bill.touched}
    if users:
        user = bill.random.choice(sorted(users))
        kept = tuple(item for item in bill.fleet.services if item.service.user != user)
        bill.fleet = replace(bill.fleet, services=kept)
        for line in running:
            for fee in line.fees if line.user == user else ():
                if fee.stopped is None and in_force(fee, bill.month):
                    bill.touched.add((line.id, fee.word))
                    bill.plant(Fault.LEAVER, line, fee.word, OFFERINGS[fee.word].monthly)


def option_past_its_end_in_the_files(bill: Bill) -> None:
    declared = {item.service.label: item for item in bill.fleet.services}
    found = [
        (line, fee)
        for line in bill.lines
        if line.id in declared
        for fee in line.options
        if fee.stopped is None and in_force(fee, bill.month) and (line.id, fee.word) not in bill.touched
    ]
    if found:
        line, fee = bill.random.choice(found)
        before = declared[line.id].service
        after = before._replace(options=before.options - {fee.word})
        others = tuple(item for item in bill.fleet.services if item.service is not before)
        bill.fleet = replace(bill.fleet, services=(*others, declared[line.id]._replace(service=after)))
        bill.turned.append(Turn(bill.month - timedelta(days=20), before, after, PLACE))
        bill.touched.add((line.id, fee.word))
        bill.plant(Fault.OPTION_ENDED, line, fee.word, OFFERINGS[fee.word].monthly)


PLANTS: tuple[Callable[[Bill], None], ...] = (
    not_billed,
    missing_credit,
    wrong_fee,
    wrong_days,
    billed_twice,
    of_somebody_gone,
    ended_option,
    leaver_in_the_files,
    option_past_its_end_in_the_files,
)


@pytest.fixture(scope="module")
def operator() -> Iterator[Sandbox]:
    sandbox = Sandbox.open(":memory:")
    sandbox.reset(users=0, now=datetime(2026, 11, 23, 8, tzinfo=UTC))
    yield sandbox
    sandbox.close()


def issued(connection: Connection, lines: list[Line], month: date) -> list[dict[str, Any]]:
    """Have the sandbox bill a fleet from its log, and return the lines."""
    for table in (fees, products, bills, bill_lines, settlements):
        connection.execute(delete(table))
    for line in lines:
        owner = {"user_id": line.user, "status": "active"}
        rows = [{"id": line.id, "parent": None, "offering": line.bundles[-1].word, "number": line.number, **owner}]
        rows += [
            {"id": fee.product, "parent": line.id, "offering": fee.word, "number": None, **owner}
            for fee in line.options
        ]
        connection.execute(insert(products), rows)
        logged = [
            {
                "product_id": fee.product,
                "offering": fee.word,
                "monthly": str(OFFERINGS[fee.word].monthly),
                "started": fee.started.isoformat(),
                "stopped": fee.stopped.isoformat() if fee.stopped else None,
            }
            for fee in line.fees
        ]
        connection.execute(insert(fees), logged)
    billing.issue(connection, month)
    columns = [column for column in bill_lines.c if column.name != "n"]
    return [dict(row) for row in connection.execute(bill_lines.select().with_only_columns(*columns)).mappings()]


def checked(connection: Connection, bill: Bill, folder: Path) -> BillCheck:
    """Send a bill as the sandbox sends it, read it, and check it."""
    connection.execute(delete(bill_lines))
    connection.execute(insert(bill_lines), bill.rows)
    path = folder / "bill.xml"
    path.write_text(invoice(connection, f"{bill.month:%Y-%m}"), encoding="utf-8")
    taken, changes = live_of(bill.lines)
    read = read_bill(path, {}, month=None, currency="EUR")
    return check_bill([read], fee_history(taken, changes), taken, bill.fleet, bill.turned, month=bill.month)


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 2**48), month=st.sampled_from(MONTHS))
def test_every_planted_error_is_found_and_none_is_invented(
    seed: int, month: date, operator: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> None:
    random, folder = Random(seed), tmp_path_factory.getbasetemp()
    lines = fleet_of(random, month)
    taken, _ = live_of(lines)
    fleet = desired(*(item.service for item in taken.services), users=[line.user for line in lines])
    with operator.transaction() as connection:
        rows = issued(connection, lines, month)
        assume(rows)
        clean = checked(connection, Bill(lines, month, rows, random, fleet), folder)
        bill = Bill(lines, month, [dict(row) for row in rows], random, fleet)
        for plant in random.sample(PLANTS, random.randint(1, 4)):
            plant(bill)
        found = checked(connection, bill, folder) if bill.rows else None

    assert (clean.findings, clean.notes, clean.billed) == ((), (), clean.expected)
    if found is not None:
        assert {(each.fault, each.subject, each.what, each.amount.amount) for each in found.findings} == bill.planted
        assert not found.notes
        mistakes = sum((each.amount.amount for each in found.claims), Decimal("0.00"))
        assert found.billed.amount - found.expected.amount == mistakes
