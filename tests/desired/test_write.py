"""What is written reads back as the same values, whatever the names look like."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from reconciler.desired.declared import Dated, DeclaredService, DeclaredUser, Profile
from reconciler.desired.documents import ServicePart, UserPart
from reconciler.desired.load import load
from reconciler.desired.write import (
    SERVICE_KEYS,
    USER_KEYS,
    profile_lines,
    scalar,
    service_lines,
    user_lines,
    users_text,
)
from reconciler.desired.yaml import parse
from reconciler.errors import Place
from reconciler.model.fleet import Activation, PortIn, Sim, SimType, State
from reconciler.sandbox import identities
from tests.desired.files import SETTINGS, write

NOWHERE = Place("users/a.yaml", 1, 1)
AN = "an.peeters@brouwerij.example"


def declared(label: str = "phone", bundle: str | Dated | None = "mobile-10", **parts: object) -> DeclaredService:
    """Return a service with nothing but what is given."""
    nothing = dict.fromkeys(DeclaredService._fields)
    given_parts = {"label": label, "bundle": Dated(bundle) if isinstance(bundle, str) else bundle, "place": NOWHERE}
    return DeclaredService(**{**nothing, "options": (), "sim": Sim(), **given_parts, **parts})  # type: ignore[arg-type]


def text_of(*lines: str) -> str:
    """Return lines as one text."""
    return "\n".join(lines)


def test_a_user_is_written_in_the_order_of_the_example() -> None:
    every = declared(
        profile="traveller",
        bundle=Dated("data-20", None, date(2026, 12, 31), "data-5"),
        number="+32470123456",
        sim=Sim(SimType.PHYSICAL, "8932050000000000013"),
        options=(Dated("international-calls"), Dated("roaming-world", date(2026, 10, 1), date(2026, 11, 15))),
        state=State.BLOCKED,
        from_=date(2026, 1, 1),
        until=date(2027, 1, 1),
        cost_centre="FLEET",
        activation=Activation.EMAIL,
        port_in=PortIn("Proximus", "0123", date(2026, 12, 1)),
    )
    short = declared("tablet", options=(Dated("extra-data-10"), Dated("fixed-ip")), sim=Sim(SimType.ESIM))
    notes = {f"{AN}/tablet": "blocked at the operator"}
    user = DeclaredUser(AN, "An Peeters", "SALES", NOWHERE, (every, short))
    assert users_text([user], schema="../../schemas/users.schema.json", head=["Sales."], notes=notes) == (
        """\
# yaml-language-server: $schema=../../schemas/users.schema.json
# Sales.
users:
  an.peeters@brouwerij.example:
    name: An Peeters
    cost_centre: SALES
    services:
      phone:
        profile: traveller
        bundle: {name: data-20, until: 2026-12-31, then: data-5}
        number: "+32470123456"
        sim: {type: physical, iccid: "8932050000000000013"}
        options:
          - international-calls
          - name: roaming-world
            from: 2026-10-01
            until: 2026-11-15
        state: blocked
        from: 2026-01-01
        until: 2027-01-01
        cost_centre: FLEET
        activation: email
        port_in: {operator: Proximus, account: "0123", date: 2026-12-01}
      tablet:  # blocked at the operator
        bundle: mobile-10
        sim: {type: esim}
        options: [extra-data-10, fixed-ip]
"""
    )


def test_who_has_no_services_is_written_so() -> None:
    assert user_lines(DeclaredUser(AN, None, None, NOWHERE, ()), indent=2)[-1] == "    services: {}"
    assert users_text([], schema="s").endswith("\nusers: {}\n")


def test_a_profile_is_written_as_in_the_example() -> None:
    profile = Profile(Dated("mobile-unlimited"), (Dated("roaming-world"),))
    expected = ["  traveller:", "    bundle: mobile-unlimited", "    options: [roaming-world]"]
    assert profile_lines("traveller", profile, indent=2) == expected


def test_the_order_of_the_keys_covers_every_key() -> None:
    names = {info.alias or name for name, info in ServicePart.model_fields.items()}
    assert set(SERVICE_KEYS) == names
    assert set(USER_KEYS) == set(UserPart.model_fields)


PLAIN = (
    "An Peeters", "O'Neill", 'Jan "Jef" Claes', "a:b", "C#", "x#y", "-dash", "12a", "R&D", "Café", "王", "12 34", "=x",
    "A, B [C]", "a?b", "1.2.3", "2026-12-31x", "nope", "tilde~", "M2M", "0x", "e5", "an+test@x.example", "..a",
)  # fmt: skip
NOT_PLAIN = (
    "no", "On", "YES", "y", "N", "~", "null", "True", "=", "<<", "", " a", "a ", "a: b", "a:", "a #b", "#a", "- a", "-",
    "? a", "?", ": a", "0123", "12", "+32470123456", "1e3", "1.5", ".5", ".inf", "-.INF", ".NaN", "0x1F", "0o17", "0b1",
    "1_000", "12:30:45", "2026-12-31", "2026-1-1 10:00:00", "2026-12-31T10:00:00Z", "@a", "`a", "%a", "*a", "&a", "!a",
    "|", ">", "'a", '"a', "[a", "]", "{a", "}", ",a", "---", "...", "a\nb", "a\tb", "\u2028", "\ufeff",
)  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_text_anyway_stays_without_quotes(text: str) -> None:
    assert scalar(text) == text


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_what_would_read_as_something_else_stands_in_quotes(text: str) -> None:
    assert scalar(text).startswith('"')


def test_within_brackets_more_needs_quotes() -> None:
    assert [scalar(text, flow=True) for text in ("a,b", "a]", "a:b", "a b")] == ['"a,b"', '"a]"', '"a:b"', "a b"]


HOSTILE = st.one_of(
    st.text(st.sampled_from(list("aA09 :-#,[]{}&*!|>'\"%@`?.~=<_+eoxntyf\\/é王😀")), min_size=1, max_size=12),
    st.sampled_from(["no", "on", "0123", "1e3", "2026-12-31", "~", "null", "<<", "=", "12:30", "---", "a: b", "x #y"]),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8),
)
TEXTS = HOSTILE.filter(lambda text: bool(text.strip()) and text.isprintable())
KEYS = TEXTS.map(lambda text: text.replace(" ", "").replace("/", "").lower()).filter(lambda text: bool(text.strip()))
LABELS = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,6}\Z")
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
NAMES = st.lists(TEXTS, unique=True, max_size=3)


@given(TEXTS, st.booleans())
@example("?", True)
@example("12e", False)
@example("1__.e1", False)
@example("1:99", False)
def test_any_text_reads_back_by_either_version_of_yaml(text: str, flow: bool) -> None:
    written = scalar(text, flow=flow)
    lines = f"{{k: {written}, {written}: [{written}]}}" if flow else f"k: {written}\n{written}:\n  - {written}\n"
    expected = {"k": text, text: [text]}
    ours = parse(lines, "t.yaml")
    assert (ours.problems, ours.value) == ([], expected) or text == "k"
    assert text == "k" or yaml.safe_load(lines) == expected


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12))
def test_text_nobody_may_declare_reads_back_too(text: str) -> None:
    assert parse(f"k: {scalar(text)}\n", "t.yaml").value == {"k": text}


@st.composite
def dated(draw: st.DrawFn, name: str) -> Dated:
    """Return an option, sometimes for a time."""
    first, last = sorted((draw(DAYS), draw(DAYS)))
    return Dated(name, draw(st.sampled_from([None, first])), draw(st.sampled_from([None, last])))


@st.composite
def services(draw: st.DrawFn, label: str, serial: int) -> DeclaredService:
    """Return a service with any of its parts."""
    first, last = sorted((draw(DAYS), draw(DAYS)))
    plain, ending = draw(TEXTS), draw(TEXTS)
    return declared(
        label,
        draw(st.sampled_from([Dated(plain), Dated(ending, None, last, plain)])),
        options=tuple(draw(dated(name)) for name in draw(NAMES)),
        number=draw(st.sampled_from([None, identities.number(serial, 7)])),
        sim=Sim(
            draw(st.sampled_from([None, *SimType])),
            draw(st.sampled_from([None, identities.iccid(serial)])),
            draw(st.sampled_from([None, identities.eid(serial)])),
        ),
        state=draw(st.sampled_from([None, *State])),
        from_=draw(st.sampled_from([None, first])),
        until=draw(st.sampled_from([None, last])),
        cost_centre=draw(st.none() | TEXTS),
        activation=draw(st.sampled_from([None, *Activation])),
        port_in=draw(st.none() | st.builds(PortIn, TEXTS, TEXTS, st.none() | DAYS)),
    )


@st.composite
def people(draw: st.DrawFn) -> list[DeclaredUser]:
    """Return users under hostile keys with hostile names."""
    found = []
    for index, key in enumerate(sorted(draw(st.lists(KEYS, unique=True, max_size=3)))):
        labels = draw(st.lists(LABELS, unique=True, max_size=2))
        held = tuple(draw(services(label, index * 2 + n)) for n, label in enumerate(labels))
        found.append(DeclaredUser(key, draw(st.none() | TEXTS), draw(st.none() | TEXTS), NOWHERE, held))
    return found


def unplaced(users: tuple[DeclaredUser, ...]) -> list[DeclaredUser]:
    """Return users without where they stand."""
    return [
        user._replace(place=NOWHERE, services=tuple(held._replace(place=NOWHERE, dated=None) for held in user.services))
        for user in users
    ]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(people(), TEXTS)
def test_users_read_back_as_they_were_written(users: list[DeclaredUser], note: str) -> None:
    notes = {f"{user.key}/{service.label}": note for user in users for service in user.services}
    text = users_text(users, schema="s", head=[note], notes=notes)
    with tempfile.TemporaryDirectory() as folder:
        found = load(write(Path(folder), a=text))
    assert unplaced(found.users) == users


@given(TEXTS, TEXTS, NAMES)
def test_a_profile_reads_back_as_it_was_written(name: str, bundle: str, options: list[str]) -> None:
    profile = Profile(Dated(bundle), tuple(Dated(option) for option in options))
    lines = text_of(SETTINGS + "profiles:", *profile_lines(name, profile, indent=2))
    with tempfile.TemporaryDirectory() as folder:
        assert load(write(Path(folder), fleet=lines)).profiles == {name: profile}


@given(st.text(max_size=20))
def test_a_comment_cannot_become_anything_else(note: str) -> None:
    lines = service_lines(declared(), indent=0, note=note)
    assert parse(text_of(*lines), "t.yaml").value == {"phone": {"bundle": "mobile-10"}}
