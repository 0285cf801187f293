"""What users and services look like in a list, and one user in full: for a person to judge, and for programs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from inline_snapshot import snapshot as golden

from reconciler.model.fleet import Ending, SimType, State
from reconciler.model.overview import Overview
from reconciler.model.snapshot import OpenOrder, PlacedOrder, Presence
from reconciler.planning.overview import declared, live_only, overview
from reconciler.reports.listing import rows_csv, rows_json, services_table, users_table
from reconciler.reports.overview import SORTS, ServiceRow, UserRow, in_order, service_rows, user_rows
from reconciler.reports.page import page, page_csv, page_json, page_text
from tests.harness import PLACE
from tests.planning.values import AN, CATALOGUE, DAY, ELS, JAN, NUMBERS, fleet, live, service, sim, snapshot
from tests.reports.test_text import plain

ICCID = "8932050000000000013"
PENDING = OpenOrder("ord-9", "pending", "run-0009", datetime(2026, 11, 23, 7, tzinfo=UTC), "fleet", frozenset({"c"}))


def everything() -> Overview:
    """Return an overview with one of each: same, changed, moved, on either side alone, in flight, unmanaged."""
    wanted = fleet(
        service(AN, "car"),
        service(AN, bundle="mobile-25", number=NUMBERS[1], options=["calls"]),
        service(AN, "tablet", bundle="data-5"),
        service(JAN, "old", number=NUMBERS[3]),
        service(ELS, bundle="mobile-25"),
    )
    ends = (Ending("option calls", date(2026, 11, 30), PLACE), Ending("the service", date(2027, 6, 30), PLACE))
    services = [item._replace(endings=ends) if item.service.options else item for item in wanted.services]
    here = snapshot(
        live("a", service(AN, "car", state=State.ACTIVE, sim=sim(ICCID)._replace(type=SimType.PHYSICAL))),
        live("b", service(AN, number=NUMBERS[1], options=["calls", "roaming"], state=State.BLOCKED)),
        live("c", service(ELS, state=State.ACTIVE)),
        live("d", service(ELS, "gone"), Presence.GOING),
        live("e", service(ELS, number=NUMBERS[3])._replace(label=None)),
        live("f", service("guest@brouwerij.example")),
        live("g", service(JAN, "left")),
        orders=[PENDING],
        users=[AN, JAN, ELS, "guest@brouwerij.example"],
    )
    return overview(replace(wanted, services=tuple(services)), here, day=DAY)


def services(found: Overview, *, diff: bool = False, width: int | None = None) -> str:
    """Return the table of an overview's services."""
    return services_table(service_rows(found.pairs, found), found, diff=diff, width=width, paint=plain)


def users(found: Overview, *, diff: bool = False, width: int | None = None) -> str:
    """Return the table of an overview's users."""
    return users_table(user_rows(found.users, found), found, diff=diff, width=width, paint=plain)


def test_services() -> None:
    assert services(everything(), width=120) == golden("""\
USER                          LABEL   BUNDLE     MONTHLY  STANDING      STATE    NUMBER        COST CENTRE  SINCE
an.peeters@brouwerij.example  car     mobile-10    10.00  same          active                              2025-01-15
an.peeters@brouwerij.example  phone   mobile-10    32.50  changed       blocked  +32470000001               2025-01-15
an.peeters@brouwerij.example  tablet  data-5        6.50  only desired
els.maes@brouwerij.example    old     mobile-10    10.00  changed                +32470000003               2025-01-15
els.maes@brouwerij.example    gone    mobile-10    10.00  in flight     going                               2025-01-15
els.maes@brouwerij.example    phone   mobile-10    10.00  in flight     active                              2025-01-15
guest@brouwerij.example       phone   mobile-10    10.00  unmanaged                                         2025-01-15
jan.claes@brouwerij.example   left    mobile-10    10.00  only live                                         2025-01-15
columns left out: options, ends, name, sim, iccid, declared; --format csv has all
8 services: 2 changed, 2 in flight, 1 only desired, 1 only live, 1 same, 1 unmanaged. EUR 82.50 a month at the operator.
""")


def test_what_differs() -> None:
    assert services(everything(), diff=True, width=110) == golden("""\
   USER                         LABEL   DIFFERS                         BUNDLE           MONTHLY  STANDING
   an.peeters@brouwerij.examp…  car                                     mobile-10          10.00  same
~  an.peeters@brouwerij.examp…  phone   bundle mobile-10 → mobile-25,…  mobile-10  32.50 → 22.00  changed
+  an.peeters@brouwerij.examp…  tablet                                  data-5              6.50  only desired
>  els.maes@brouwerij.example   old     user els.maes@brouwerij.examp…  mobile-10          10.00  changed
…  els.maes@brouwerij.example   gone                                    mobile-10          10.00  in flight
…  els.maes@brouwerij.example   phone   bundle mobile-10 → mobile-25,…  mobile-10  10.00 → 14.50  in flight
   guest@brouwerij.example      phone                                   mobile-10          10.00  unmanaged
-  jan.claes@brouwerij.example  left                                    mobile-10          10.00  only live
columns left out: state, number, cost centre, since, options, ends, name, sim, iccid, declared; --format csv
has all
long cells end in …; --format csv has them whole
8 services: 2 changed, 2 in flight, 1 only desired, 1 only live, 1 same, 1 unmanaged. EUR 82.50 a month at the
operator.
""")


def test_services_of_the_operator_alone() -> None:
    assert services(live_only(everything()), width=100) == golden("""\
USER                          LABEL  BUNDLE     MONTHLY  STATE    NUMBER        COST CENTRE
an.peeters@brouwerij.example  car    mobile-10    10.00  active
an.peeters@brouwerij.example  phone  mobile-10    32.50  blocked  +32470000001
els.maes@brouwerij.example           mobile-10    10.00           +32470000003
els.maes@brouwerij.example    gone   mobile-10    10.00  going
els.maes@brouwerij.example    phone  mobile-10    10.00  active
guest@brouwerij.example       phone  mobile-10    10.00
jan.claes@brouwerij.example   left   mobile-10    10.00
columns left out: since, options, name, sim, iccid; --format csv has all
7 services. EUR 82.50 a month at the operator.
""")


def test_services_of_the_files_alone() -> None:
    assert services(declared(fleet(service(), service(ELS)), None, day=DAY), width=100) == golden("""\
USER                          LABEL  BUNDLE     STATE  NUMBER  COST CENTRE  SINCE  OPTIONS  ENDS
an.peeters@brouwerij.example  phone  mobile-10
els.maes@brouwerij.example    phone  mobile-10
columns left out: name, sim, iccid, declared; --format csv has all
2 services. What they cost is the operator's to say.
""")
    assert "EUR 20.00 a month as declared" in services(declared(fleet(service(), service(ELS)), CATALOGUE, day=DAY))


def test_users() -> None:
    assert users(everything(), width=120) == golden("""\
USER                          SERVICES  STATE   MONTHLY  STANDING   NAME        COST CENTRE  BLOCKED
an.peeters@brouwerij.example         2  active    42.50  changed    an.peeters                     1
els.maes@brouwerij.example           2  active    20.00  changed    els.maes                       0
guest@brouwerij.example              1  active    10.00  unmanaged  guest                          0
jan.claes@brouwerij.example          1  active    10.00  changed    jan.claes                      0
columns left out: declared; --format csv has all
4 users, with 6 services. EUR 82.50 a month at the operator.
""")


def test_users_and_what_differs() -> None:
    assert users(everything(), diff=True, width=110) == golden("""\
   USER                          DIFFERS                            SERVICES  STATE         MONTHLY  STANDING
~  an.peeters@brouwerij.example  phone: bundle mobile-10 → mobile…     2 → 3  active  42.50 → 38.50  changed
~  els.maes@brouwerij.example    +32470000003: user els.maes@brou…     2 → 1  active  20.00 → 14.50  changed
   guest@brouwerij.example                                                 1  active          10.00  unmanaged
~  jan.claes@brouwerij.example   +32470000003: user els.maes@brou…         1  active          10.00  changed
columns left out: name, cost centre, blocked, declared; --format csv has all
long cells end in …; --format csv has them whole
4 users, with 6 services. EUR 82.50 a month at the operator.
""")


def test_nobody() -> None:
    nothing = declared(fleet(), CATALOGUE, day=DAY)
    assert services(nothing) == "0 services. EUR 0.00 a month as declared.\n"
    assert users(nothing) == "0 users, with 0 services. EUR 0.00 a month as declared.\n"


def test_what_is_shown_of_a_users_services_adds_up() -> None:
    found = everything()
    [an] = [row for row in user_rows(found.users, found) if row.user == AN]
    assert (an.services, str(an.monthly), an.desired_services, str(an.desired_monthly)) == (2, "42.50", 3, "38.50")
    assert an.blocked == 1


def test_a_service_that_starts_later_is_not_counted_yet() -> None:
    found = declared(fleet(service(), starts=date(2026, 12, 1)), CATALOGUE, day=DAY)
    [row] = user_rows(found.users, found)
    assert (row.services, row.state, str(row.monthly)) == (0, "inactive", "0.00")
    assert service_rows(found.pairs, found)[0].since == date(2026, 12, 1)


def test_json_has_every_key_in_every_view_and_money_as_text() -> None:
    found = everything()
    wholes = (found, live_only(found), declared(fleet(service()), None, day=DAY))
    for whole in wholes:
        for row in json.loads(rows_json(service_rows(whole.pairs, whole))):
            assert tuple(row) == ServiceRow._fields
        for row in json.loads(rows_json(user_rows(whole.users, whole))):
            assert tuple(row) == UserRow._fields
    [changed] = [row for row in json.loads(rows_json(service_rows(found.pairs, found))) if row["live_id"] == "b"]
    assert changed == golden(
        {
            "user": "an.peeters@brouwerij.example",
            "label": "phone",
            "name": "an.peeters",
            "bundle": "mobile-10",
            "options": ["calls", "roaming"],
            "number": "+32470000001",
            "sim": None,
            "iccid": None,
            "eid": None,
            "state": "blocked",
            "since": "2025-01-15",
            "ending": "2026-11-30",
            "ends": [{"what": "option calls", "until": "2026-11-30"}, {"what": "the service", "until": "2027-06-30"}],
            "monthly": "32.50",
            "desired_monthly": "22.00",
            "currency": "EUR",
            "cost_centre": None,
            "standing": "changed",
            "changes": [
                {"path": "bundle", "before": "mobile-10", "after": "mobile-25"},
                {"path": "options", "before": "roaming", "after": None},
            ],
            "orders": [],
            "live_id": "b",
            "declared": "users/test.yaml:3:7",
        }
    )


def test_csv_has_the_same_under_the_same_names() -> None:
    found = everything()
    rows = service_rows(found.pairs, found)
    read = list(csv.DictReader(io.StringIO(rows_csv(rows, ServiceRow), newline="")))
    assert [row["user"] for row in read] == [row.user for row in rows]
    [changed] = [row for row in read if row["live_id"] == "b"]
    assert changed["number"] == NUMBERS[1]
    assert changed["changes"] == "bundle mobile-10 → mobile-25, option roaming removed"
    assert changed["ends"] == "option calls until 2026-11-30, the service until 2027-06-30"
    assert rows_csv([], UserRow).startswith("user,name,cost_centre,state,")


@pytest.mark.parametrize("by", SORTS)
@pytest.mark.parametrize("descending", [False, True])
def test_rows_are_put_in_order_and_what_has_no_value_comes_last(by: str, descending: bool) -> None:
    found = everything()
    rows = in_order(service_rows(found.pairs, found), by=by, descending=descending)
    values = [getattr(row, SORTS[by]) for row in rows]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=descending)
    assert values[len(known) :] == [None] * (len(rows) - len(known))


def test_one_user_in_full() -> None:
    found = everything()
    [an] = [user for user in found.users if user.key == AN]
    placed = datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo("Europe/Brussels"))
    last = {"b": PlacedOrder("ord-3", "completed", "run-0003", placed, "portal", ("by telephone",))}
    made = page(an, found, last)
    assert page_text(made, diff=False, paint=plain, width=100) == golden("""\
an.peeters <an.peeters@brouwerij.example>
  no cost centre, active, EUR 42.50 a month, EUR 38.50 as declared
  declared at users/test.yaml:3:7

LABEL   BUNDLE     MONTHLY  STANDING      STATE    NUMBER        OPTIONS
car     mobile-10    10.00  same          active
phone   mobile-10    32.50  changed       blocked  +32470000001  calls, roaming
tablet  data-5        6.50  only desired

car
  bundle       mobile-10 (Mobile 10), 10.00 a month
  SIM          physical SIM, ICCID 8932050000000000013
  state        active
  since        2025-01-15
  cost         EUR 10.00 a month
  live id      a
  declared     users/test.yaml:3:7
  standing     same
  last order   none that the operator tells of

phone
  bundle       mobile-10 (Mobile 10), 10.00 a month
  option       calls (Calls), 7.50 a month, until 2026-11-30
  option       roaming (Roaming), 15.00 a month
  number       +32470000001
  state        blocked
  since        2025-01-15
  cost         EUR 32.50 a month
  live id      b
  ends         the service until 2027-06-30 (users/test.yaml:3:7)
  declared     users/test.yaml:3:7
  standing     changed
  differs      bundle mobile-10 → mobile-25
  differs      option roaming removed
  last order   ord-3, completed, placed 2026-11-20 09:30 CET by portal, reference run-0003; by
               telephone

tablet
  bundle       data-5 (Data 5), 6.50 a month
  cost         EUR 6.50 a month
  declared     users/test.yaml:3:7
  standing     only desired
""")
    [shown] = json.loads(page_json(made))
    assert [each["last_order"] and each["last_order"]["requester"] for each in shown["details"]] == [
        None,
        "portal",
        None,
    ]
    read = list(csv.DictReader(io.StringIO(page_csv(made), newline="")))
    assert [row["last_order_by"] for row in read] == ["", "portal", ""]
    assert read[1]["last_order_placed"] == "2026-11-20 09:30:00+01:00"


def test_a_page_shows_what_is_on_order_and_whose_a_service_was() -> None:
    found = everything()
    pages = {user.key: page_text(page(user, found, None), diff=True, paint=plain, width=None) for user in found.users}
    assert "open order   ord-9, pending, placed 2026-11-23 07:00 UTC by fleet, reference run-0009" in pages[ELS]
    assert f"(of {ELS})" in pages[JAN]
    assert "not declared: unmanaged" in pages["guest@brouwerij.example"]
    assert "last order" not in pages[AN]


def test_a_narrow_page_loses_nothing() -> None:
    found = everything()
    [an] = [user for user in found.users if user.key == AN]
    made = page(an, found, {})
    narrow = page_text(made, diff=False, paint=plain, width=60)
    assert max(map(len, narrow.splitlines())) <= 60
    facts = page_text(made, diff=False, paint=plain, width=None).partition("\ncar\n")[2]
    assert narrow.partition("\ncar\n")[2].split() == facts.split()
