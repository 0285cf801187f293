"""Why a service is as it is, for a person and as JSON."""

from __future__ import annotations

import json

from inline_snapshot import snapshot as golden

from reconciler.errors import Place
from reconciler.model.explanation import Origin
from reconciler.model.fleet import DesiredFleet
from reconciler.model.snapshot import PlacedOrder, Snapshot
from reconciler.planning.explaining import Case, explain
from reconciler.planning.overview import overview
from reconciler.reports.explanation import explanation_json, explanation_text
from tests.harness import PLACE
from tests.planning.values import AN, DAY, NUMBERS, fleet, live, planned, service, snapshot
from tests.reports.test_text import plain

ORIGINS = (
    Origin("bundle", "mobile-25", "profile fair", Place("fleet.yaml", 9, 13), "until 2026-12-31, then data-5"),
    Origin("options", "roaming", "the service", PLACE, "from 2026-12-01", holds=False),
    Origin("number", NUMBERS[1], "the service", PLACE),
)
ORDER = PlacedOrder("ord-3", "completed", None, None, "portal", ())


def case(wanted: DesiredFleet, here: Snapshot) -> Case:
    """Return the case of the first service."""
    pair = overview(wanted, here, day=DAY).pairs[0]
    return Case(AN, "phone", wanted, planned(wanted, here), pair, PLACE, ORIGINS, None, None, ORDER)


CHANGED = explain(
    case(
        fleet(service(bundle="mobile-25", number=NUMBERS[1])), snapshot(live("a", number=NUMBERS[1], options={"calls"}))
    )
)


def test_a_change() -> None:
    assert explanation_text(CHANGED, paint=plain, width=None) == golden("""\
an.peeters@brouwerij.example/phone on 2026-11-23: a change is planned
  Declared at users/test.yaml:3:7.
  It is live service a, matched by its number.
  ~ bundle mobile-10 → mobile-25
  ~ option calls removed
    -3.00/month, -3.70 next bill
  Last order: ord-3, completed, by portal, not by a run of fleet.

VALUE   DECLARED                    LIVE          FROM                                         PLACE
bundle  mobile-25                   mobile-10     profile fair, until 2026-12-31, then data-5  fleet.yaml:9:13
option  (roaming, not on this day)                the service, from 2026-12-01                 users/test.yaml:3:7
option                              calls         not declared
number  +32470000001                +32470000001  the service                                  users/test.yaml:3:7
""")


def test_on_a_narrow_terminal_every_value_still_says_where_it_stands() -> None:
    text = explanation_text(CHANGED, paint=plain, width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert text.partition("\n\n")[2] == golden("""\
bundle       mobile-25, live mobile-10: profile fair, until
             2026-12-31, then data-5 (fleet.yaml:9:13)
option       (roaming, not on this day), live (none): the
             service, from 2026-12-01 (users/test.yaml:3:7)
option       (none), live calls: not declared
number       +32470000001: the service (users/test.yaml:3:7)
""")


def test_json_has_the_answer_the_action_and_the_values() -> None:
    document = json.loads(explanation_json(CHANGED))
    assert (document["answer"], document["action"]["kind"], document["last_order"]["id"]) == (
        "planned",
        "change",
        "ord-3",
    )
    assert document["values"][0] == {
        "path": "bundle",
        "declared": "mobile-25",
        "live": "mobile-10",
        "from": "profile fair",
        "place": "fleet.yaml:9:13",
        "dates": "until 2026-12-31, then data-5",
        "holds": True,
    }
    assert list(document) == golden(
        [
            "user",
            "label",
            "day",
            "answer",
            "headline",
            "declared",
            "live_id",
            "reasons",
            "action",
            "findings",
            "upcoming",
            "last_order",
            "values",
        ]
    )
