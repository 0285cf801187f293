"""What fleet.yaml says of an operator's answers: products to be left out, and users without an address."""

from __future__ import annotations

import copy
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reconciler.desired.load import read_config
from reconciler.errors import InvalidInput
from reconciler.model.config import Ownership
from reconciler.model.plan import Severity
from reconciler.model.snapshot import DoubtKind, Snapshot
from reconciler.providers.tmf import TmfProvider
from reconciler.providers.tmf.settings import TmfSettings, tmf_settings
from reconciler.providers.tmf.skipping import Skipping, SkipRule
from reconciler.providers.tmf.typed_pages import product_page
from tests.harness import run
from tests.partial.company import BEA, fleet, lists
from tests.partial.plans import planned
from tests.partial.server import Document, Server

BASE = "version: 1\norganisation: brouwerij\nprovider:\n  type: tmf\n  url: http://operator\n"
FLEET = fleet(Ownership.ORGANISATION, rules=True)


def answers(**products: Document) -> dict[str, Any]:
    """Return the company's answers with some products more."""
    found = {name: copy.deepcopy(list(items)) for name, items in lists().items()}
    found["product"] += [{"id": identity.replace("_", "-"), **product} for identity, product in products.items()]
    return found


def snapshot(listed: dict[str, Any], **settings: Any) -> Snapshot:
    """Return live as it is read with some settings."""

    async def work() -> Snapshot:
        provider = TmfProvider(FLEET.config, TmfSettings("http://operator", attempts=1, **settings), app=Server(listed))
        async with provider.reading() as reader:
            return await reader.snapshot()

    return run(work())


SPARE: Document = {"status": "inStock", "productOffering": {"id": "spare-sim"}}


@pytest.mark.parametrize(
    "rule",
    [SkipRule(status="instock"), SkipRule(offering="spare-sim"), SkipRule(id="sim-1"), SkipRule("sim-1", "spare-sim")],
)
@pytest.mark.parametrize("odd", [{}, {"productCharacteristic": 7}])
def test_what_is_skipped_is_not_there_with_all_that_relies_on_it(rule: SkipRule, odd: Document) -> None:
    option = {
        "status": "active",
        "productOffering": {"id": "calls"},
        "productRelationship": [{"relationshipType": "reliesOn", "product": {"id": "sim-1"}}],
    }
    assert snapshot(answers(sim_1=SPARE | odd, opt_x=option), skip=(rule,)) == snapshot(answers())


def test_a_rule_leaves_out_only_what_agrees_with_all_of_it() -> None:
    assert SkipRule("sim-1", "spare-sim", "instock").covers("sim-1", "spare-sim", "InStock ")
    assert not SkipRule("sim-1", "spare-sim", "instock").covers("sim-1", "spare-sim", "active")


@pytest.mark.parametrize("rule", [SkipRule(status="active"), SkipRule(offering="data-5"), SkipRule(id="prd-001")])
def test_a_page_leaves_out_the_same_however_it_is_read(rule: SkipRule) -> None:
    page = lists()["product"]
    quick, patient = Skipping((rule,)), Skipping((rule,))
    read = product_page(json.dumps(page).encode(), ZoneInfo("Europe/Brussels"), None, quick)
    assert read is not None
    assert [row is None for row in read[1]] == [patient.leaves_out_document(item) for item in page]
    assert quick.ids == patient.ids != set()


def without_address() -> dict[str, Any]:
    """Return answers in which the ignored user has no address any more."""
    found = answers()
    [bea] = [each for each in found["individual"] if each["contactMedium"][0]["characteristic"]["emailAddress"] == BEA]
    bea["contactMedium"] = []
    return found


@pytest.mark.parametrize(("most", "severity"), [(0, Severity.WARNING), (1, Severity.INFO), (None, Severity.INFO)])
def test_an_ignored_user_whose_address_went_keeps_every_service(most: int | None, severity: Severity) -> None:
    made = planned(FLEET, snapshot(without_address(), without_address=most))
    clean = planned(FLEET, snapshot(answers()))
    assert made.actions == clean.actions
    [said] = [found for found in made.findings if found.code == "user-without-address"]
    assert said.severity is severity


def test_an_address_that_is_none_is_no_key() -> None:
    found = without_address()
    for mail in ("", " ", "n/a", "@", ["x@y"], {"value": "x@y"}, 7, True, "two words@x.example"):
        found["individual"][0]["contactMedium"] = [
            {"mediumType": "email", "characteristic": {"emailAddress": mail}},
        ]
        doubts = [each.user for each in snapshot(found).doubts if each.kind is DoubtKind.USER]
        assert doubts == ["ind-1", "ind-9"]


def test_settings_say_so_in_fleet_yaml() -> None:
    text = BASE + "  skip:\n  - {status: InStock}\n  - {id: sim-1}\n  users: {without_address: by-id}\n"
    settings = tmf_settings(read_config(text).provider.settings, {})
    assert settings.skip == (SkipRule(status="instock"), SkipRule(id="sim-1"))
    assert settings.without_address is None
    assert (
        tmf_settings(read_config(BASE + "  users: {without_address: 12}\n").provider.settings, {}).without_address == 12
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BASE + "  skip: [{}]\n", "would leave everything out"),
        (BASE + "  users: {without_address: many}\n", "expected a number of users or 'by-id', found 'many'"),
        (BASE + "ignore: [{}]\n", "expected one of user, number, iccid, id, found none"),
        (BASE + 'protect: [{service: "a/b", id: prd-1}]\n', "found service and id"),
        (BASE + "ignore: [{number: '12'}]\n", "is no telephone number"),
    ],
)
def test_what_makes_no_sense_is_an_error_with_its_place(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_config(text)
    [problem] = caught.value.problems
    assert words in problem.message
    assert problem.place is not None


def test_rules_are_read_from_fleet_yaml() -> None:
    config = read_config(BASE + 'ignore: [{number: "+32470123456"}]\nprotect: [{id: prd-7, reason: lift alarm}]\n')
    assert [rule.subject for rule in config.ignore] == ["+32470123456"]
    assert [(rule.subject, rule.reason) for rule in config.protect] == [("prd-7", "lift alarm")]
