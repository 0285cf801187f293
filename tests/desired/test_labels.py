"""Every live service gets a label that says what it is, and that no other service of its user has."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.labels import kind, labels
from reconciler.model.catalogue import Bundle, Catalogue
from reconciler.model.identifiers import label_flaw
from tests.planning.values import CATALOGUE, eur, live, service


def offering(name: str, *options: str) -> Catalogue:
    """Return a catalogue of one bundle, `b`."""
    return Catalogue({"b": Bundle("b", name, eur("1.00"), True, frozenset(options))})


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("Mobile 25 GB", (), "phone"),
        ("Business Unlimited", ("roaming",), "phone"),
        ("Data 5 GB", ("fixed-ip",), "data"),
        ("Mobile Internet 20", (), "data"),
        ("Data and calls", (), "phone"),
        ("Data Plus", ("international-calls",), "phone"),
        ("Tablet 20 GB", (), "tablet"),
        ("Watch companion", (), "watch"),
        ("5G router", (), "router"),
        ("M2M 1 GB", (), "machine"),
        ("", (), "phone"),
    ],
)
def test_what_a_service_is_shows_in_its_bundle(name: str, options: tuple[str, ...], expected: str) -> None:
    assert kind("b", offering(name, *options)) == expected


def test_a_bundle_the_catalogue_lacks_is_judged_by_its_id() -> None:
    assert (kind("data-9", Catalogue()), kind("x", Catalogue())) == ("data", "phone")


def test_a_label_of_the_operator_is_kept_and_the_others_are_numbered_around_it() -> None:
    held = [live("1", service(label=None)), live("2", service(label="phone")), live("3", service(label=None))]
    assert labels(held, CATALOGUE) == ["phone-2", "phone", "phone-3"]


def test_a_label_no_file_can_hold_or_another_service_has_is_derived_anew() -> None:
    held = [live("1", service(label="Jan's")), live("2", service(label="car")), live("3", service(label="car"))]
    assert labels(held, CATALOGUE) == ["phone", "car", "phone-2"]


def test_what_the_files_use_already_is_not_used_again() -> None:
    held = [live("1", service(label="phone")), live("2", service(label=None, bundle="data-5"))]
    assert labels(held, CATALOGUE, taken={"phone", "data"}) == ["phone-2", "data-2"]


NAMES = st.sampled_from([None, "phone", "phone-2", "data", "Jan's", "", "a/b", "x"])


@given(st.lists(st.tuples(NAMES, st.sampled_from(["mobile-10", "data-5"])), max_size=8), st.sets(NAMES.filter(bool)))
def test_labels_are_valid_and_no_two_are_the_same(services: list[tuple[str | None, str]], taken: set[str]) -> None:
    held = [live(str(n), service(label=name, bundle=bundle)) for n, (name, bundle) in enumerate(services)]
    found = labels(held, CATALOGUE, taken)
    assert len({*found, *taken}) == len(found) + len(taken)
    assert [label_flaw(label) for label in found] == [None] * len(held)
    first = {item.service.label: index for index, item in reversed(list(enumerate(held)))}
    for name, index in first.items():
        if name and label_flaw(name) is None and name not in taken:
            assert found[index] == name


def test_the_catalogue_decides_not_the_order_of_its_words() -> None:
    swapped = replace(CATALOGUE, bundles=dict(reversed(list(CATALOGUE.bundles.items()))))
    held = [live("1", service(label=None, bundle=bundle)) for bundle in ("data-5", "classic")]
    assert labels(held, CATALOGUE) == labels(held, swapped) == ["data", "phone"]
