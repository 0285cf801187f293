"""An answer that lost something never orders what the whole answer does not ask for, unless the plan says so.

`FLEET_MUTATIONS=6000` has so many answers mutated, instead of the few of an ordinary run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import pytest

from reconciler.errors import FleetError
from reconciler.model.config import Ownership
from reconciler.model.fleet import DesiredFleet
from reconciler.model.plan import Plan
from tests.partial.company import fleet, lists
from tests.partial.mutations import Mutation, mutated, mutations
from tests.partial.plans import Verdict, ordered, planned, read, verdict
from tests.partial.server import Server
from tests.partial.spellings import SPELLINGS

MANY = int(os.environ.get("FLEET_MUTATIONS", "160"))
#: What an operator simply does not list is not there, for all that anybody can tell.
UNLISTED = frozenset({"dropped", "null", "emptied"})


class Case(NamedTuple):
    """One fleet, and how its operator writes."""

    ownership: Ownership
    rules: bool
    spelling: str
    create: bool = False

    def fleet(self) -> DesiredFleet:
        """Return what is declared."""
        return fleet(self.ownership, rules=self.rules, create=self.create)


CASES = [
    Case(ownership, rules, spelling, create)
    for ownership in Ownership
    for rules in (True, False)
    for spelling in SPELLINGS
    for create in (False, True)
]


@cache
def clean(case: Case) -> Plan:
    """Return the plan of the whole answers."""
    return planned(case.fleet(), read(Server(SPELLINGS[case.spelling](lists())), case.fleet()))


def judged(case: Case, mutation: Mutation) -> Verdict:
    """Return what becomes of one mutated answer."""
    answers = mutated(SPELLINGS[case.spelling](lists()), mutation)
    try:
        made = planned(case.fleet(), read(Server(answers), case.fleet()))
    except FleetError as error:
        return Verdict(error)
    return verdict(clean(case), made)


def sample(many: int) -> Sequence[tuple[Case, Mutation]]:
    """Return so many mutations of answers, spread over the cases."""
    chosen = random.Random(13)
    found = []
    for number in range(many):
        case = CASES[number % len(CASES)]
        found.append((case, chosen.choice(_mutations(case.spelling))))
    return found


@cache
def _mutations(spelling: str) -> Sequence[Mutation]:
    return [each for each in mutations(SPELLINGS[spelling](lists())) if not _unlists(each)]


def _unlists(mutation: Mutation) -> bool:
    """Tell whether options are not listed any more, which are nested in a service."""
    path = mutation.path
    return mutation.resource == "product" and path[1:2] == ("product",) and len(path) < 4 and mutation.kind in UNLISTED


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_plan_of_whole_answers_is_the_same_however_they_are_written(case: Case) -> None:
    first = clean(case._replace(spelling="plain"))
    assert ordered(clean(case)) == ordered(first)
    assert ordered(first)
    assert not {found.code for found in clean(case).findings} & {"uncertain-service", "incomplete-service"}


def test_no_mutated_answer_orders_more_without_an_error_or_a_named_gap() -> None:
    silent, lasting = [], []
    for case, mutation in sample(MANY):
        found = judged(case, mutation)
        if found.is_silent:
            silent.append((str(mutation), case, sorted(found.more)))
        if found.is_for_ever:
            lasting.append((str(mutation), case, sorted(found.more)))
    assert not silent
    assert not lasting


RESOURCES = {"individual": 11, "product": 25, "productOffering": 6, "productOfferingPrice": 6, "productOrder": 3}
CUTS = [
    (resource, offset, counts, fault)
    for resource, count in RESOURCES.items()
    for offset in range(2, count, 2)
    for counts in (True, False)
    for fault in ("cut", "repeated")
    # a list that ends early at a server that does not count is a whole one, for all that anybody can tell
    if counts or fault == "repeated"
]


@pytest.mark.parametrize(("resource", "offset", "counts", "fault"), CUTS)
@pytest.mark.parametrize("ownership", Ownership)
def test_no_page_that_is_cut_or_repeated_orders_more_without_an_error_or_a_named_gap(
    resource: str, offset: int, counts: bool, fault: str, ownership: Ownership
) -> None:
    case = Case(ownership, True, "plain")
    at = {resource: offset}
    server = Server(lists(), counts, cuts=at if fault == "cut" else {}, repeats=at if fault == "repeated" else {})
    try:
        found = verdict(clean(case), planned(case.fleet(), read(server, case.fleet(), page_size=2)))
    except FleetError:
        return
    assert not found.is_silent
    assert not found.is_for_ever
