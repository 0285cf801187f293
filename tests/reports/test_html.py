"""The page of a plan: what stands where, that it needs nothing else, and that no name can be more than a name."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import Place
from reconciler.model.plan import Inquiry, Kind, Plan, Turning, Upcoming
from reconciler.model.snapshot import PlacedOrder
from reconciler.reports.characters import visible
from reconciler.reports.html.plan import page
from reconciler.reports.html.script import SCRIPT
from reconciler.reports.html.style import STYLE
from reconciler.reports.publication import Publication
from reconciler.reports.redaction import redacted
from tests.harness import PLACE
from tests.planning.values import AN, DAY, eur, fleet, live, planned, service, snapshot
from tests.reports.elements import Page
from tests.reports.hostile import CORPUS, hostile_plan, many, mixed
from tests.reports.test_text import everything

WHERE = Publication("acme/main")
HOSTILE = (
    *(text for text in CORPUS if text),
    "</script><script>alert(1)</script>",
    "</style>",
    "</title></head>",
    "</svg>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "<!doctype html>",
    "<![CDATA[",
    "<?php",
    "&#60;script&#62;",
    "\x9b31m",
)


def parsed(plan: Plan, where: Publication = WHERE) -> Page:
    """Return the page of `plan`, taken apart."""
    return Page(page(plan, where))


def test_the_verdict_and_totals_come_first_and_what_is_dangerous_next() -> None:
    text = parsed(everything()).text
    order = (
        "Plan: 1 to add, 2 to change (1 transfer), 1 to remove. 1 blocked.",
        "A check refuses 1 action; an apply would carry out the other 4.",
        "Next bill (2026-12)",
        "is protected by",
        "An apply leaves out 1 action:",
        "Removals: 1",
        "Removal quota",
        "Next bill by cost centre",
        "5 actions by user",
    )
    places = [text.index(each) for each in order]
    assert places == sorted(places)


def test_every_action_is_there_with_before_and_after_cost_and_place() -> None:
    made = parsed(everything())
    for words in (
        "phone  +32470000001",
        "bundle mobile-10  →  mobile-25",
        "option calls  removed",
        "mobile-25: +14.50 a month, +3.38 pro rata",
        "next bill: -3.70",
        "user els.maes@brouwerij.example  →  jan.claes@brouwerij.example",
        "not declared for this user (users/test.yaml:3:7)",
        "add mobile-10, SIM, number (known after activation)",
    ):
        assert words in made.text
    kinds = [each.attributes["data-kind"] for each in made.elements if "data-kind" in each.attributes]
    assert kinds == ["change", "blocked", "remove", "transfer", "add"]


def test_a_user_who_is_created_is_told_apart_from_a_service_that_is_added() -> None:
    made = parsed(many(1, Kind.CREATE))
    assert "create Voornaam Achternaam, booked on SALES" in made.text
    assert made.all("li", **{"data-kind": "create"})
    assert made.all("div", **{"class": "tile create"})


def test_what_is_blocked_and_removed_leads_to_its_action() -> None:
    made = parsed(everything())
    leads = [(each.attributes["href"] or "")[1:] for each in made.all("a")]
    assert leads == ["a1", "a2"]
    assert all(made.all("li", id=each) for each in leads)


def test_a_finding_says_what_to_do_once_for_all_of_its_code() -> None:
    wanted = fleet(service("an@x.example"), service("jan@x.example"), service("els@x.example", bundle="data-5"))
    here = snapshot(*(live(user, service(user)) for user in ("a@x", "b@x")), users=("a@x", "b@x"))
    text = parsed(planned(wanted, here)).text
    assert text.count("a@x has 1 live service") == 1
    assert text.count("Declare the user to manage them") == 1


def test_a_plan_without_changes_says_so_and_nothing_of_actions() -> None:
    made = parsed(planned(fleet(service()), snapshot(live("a"))))
    assert "No changes. The fleet matches the configuration." in made.text
    assert not made.all("section", id="actions")


def test_what_dates_will_change_and_whose_order_made_live_differ_is_told() -> None:
    coming = tuple(
        Upcoming(DAY, Turning.OPTION_ENDS, f"calls end {n}", AN, "phone", eur("-7.50"), PLACE) for n in range(201)
    )
    [first, *others] = everything().actions
    order = PlacedOrder("ord-7", "completed", requester="the portal")
    made = replace(
        everything(),
        actions=(first._replace(drift=order), *others),
        upcoming=coming,
        inquiry=Inquiry(100, 5),
    )
    text = parsed(made).text
    assert "2026-11-23 an.peeters@brouwerij.example/phone: calls end 0, -7.50/month" in text
    assert "and 1 more; see 'fleet upcoming'" in text
    assert "made so at the operator by order ord-7 by the portal" in text
    assert "Who ordered what differs was asked of 100 services, and not of 5 more." in text


def test_a_plan_of_some_only_says_of_whom() -> None:
    some = everything()
    assert "Only SALES." in parsed(replace(some, choices=replace(some.choices, targets=("SALES",)))).text


def test_the_page_names_where_it_comes_from() -> None:
    where = Publication("acme/main", "c0ffee", "https://ci.example/7", "https://ci.example/7/plan", "sha256:abc")
    made = parsed(everything(), where)
    assert [each.attributes["href"] for each in made.all("a")[-2:]] == [where.run_url, where.artefact_url]
    assert all(each in made.text for each in ("acme/main", "c0ffee", "sha256:abc"))


def test_an_address_that_is_none_of_the_web_is_no_link() -> None:
    where = Publication("acme/main", run_url="javascript:alert(1)", artefact_url="file:///etc/passwd")
    assert [each.attributes["href"] for each in parsed(everything(), where).all("a")] == ["#a1", "#a2"]


def test_the_policy_lets_its_own_style_and_script_in_and_nothing_else() -> None:
    made = parsed(everything())
    [policy] = made.all("meta", **{"http-equiv": "Content-Security-Policy"})
    hashes = {name: b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in made.sources.items()}
    assert policy.attributes["content"] == (
        f"default-src 'none'; script-src 'sha256-{hashes['script']}'; style-src 'sha256-{hashes['style']}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert made.elements.index(policy) < made.elements.index(made.all("style")[0])


def test_nothing_is_fetched_and_nothing_runs_but_the_script() -> None:
    made = parsed(mixed(8))
    assert [each.attributes["href"] for each in made.all("link")] == ["data:,"]
    assert len(made.all("script")) == len(made.all("style")) == 1
    assert not re.search(r"https?://|url\(|@import", "".join(made.sources.values()))
    for element in made.elements:
        assert not {"src", "style", "srcset", "action"} & element.attributes.keys()
        assert not [name for name in element.attributes if name.startswith("on")]


def hostile(text: str) -> Plan:
    """Return a plan whose every text is `text`, what dates will change and whose orders made live differ among them."""
    made = hostile_plan(text)
    order = PlacedOrder(text, text, text, None, text, (text,))
    return replace(
        made,
        actions=tuple(each._replace(drift=order) for each in made.actions),
        upcoming=(Upcoming(DAY, Turning.OPTION_ENDS, text, text, text, eur("1.00"), Place(text, 1, 1)),),
        inquiry=Inquiry(1, 1, text),
    )


HARMLESS = parsed(hostile("an")).elements


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_name_is_shown_as_the_letters_it_is_made_of(text: str) -> None:
    made = page(hostile(text), WHERE)
    assert Page(made).elements == HARMLESS
    assert Page(made).text.count(visible(text)) > 10
    assert all(" " <= each <= "~" or each == "\n" for each in made)


@settings(max_examples=40)
@given(st.text(min_size=1))
def test_no_name_changes_what_the_page_is_made_of(text: str) -> None:
    made = parsed(hostile(text))
    assert made.elements == HARMLESS
    assert made.others == []


@pytest.mark.parametrize("kind", [None, Kind.CHANGE, Kind.REMOVE])
def test_five_thousand_actions_take_less_than_three_megabytes(kind: Kind | None) -> None:
    made = page(many(5000, kind) if kind else mixed(5000), WHERE)
    assert len(made.encode()) < 3_000_000
    assert made.count('<li id="a') == 5000


def test_a_thousand_removals_are_listed_at_the_top_and_more_are_counted() -> None:
    text = parsed(many(1200, Kind.REMOVE)).text
    assert "and 200 more, below with all the others" in text


def test_style_and_script_are_what_their_hashes_are_of_in_any_encoding() -> None:
    assert STYLE.isascii()
    assert SCRIPT.isascii()


def test_a_masked_plan_has_no_number_on_its_page() -> None:
    made = everything()
    numbers = {
        each for action in made.actions for held in (action.before, action.after) if held and (each := held.number)
    }
    assert all(number in parsed(made).text for number in numbers)
    assert not [number for number in numbers if number in page(redacted(made), WHERE)]


def test_the_same_plan_is_the_same_page() -> None:
    assert page(everything(), WHERE) == page(everything(), WHERE)
