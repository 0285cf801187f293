"""A file that is not parsed has none of the words looked for, however they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.mentions import words
from reconciler.desired.yaml import parse

NUMBER, ICCID = "+32470123456", "8932000000000000014"


@pytest.mark.parametrize(
    "written",
    [
        'number: "+32470123456"',
        'numbers: ["+32470123455", "+32470123456", "+32470123457"]',
        "number: +32 470 12 34 56",
        "number: >-\n  +32470\n  123456",
        "number: 0470/12.34.56",
        r'number: "\x2b32470123456"',
    ],
)
@pytest.mark.parametrize("others", [0, 50])
def test_a_number_is_found_with_anything_between_its_digits(written: str, others: int) -> None:
    more = [f"+324800000{index:02d}" for index in range(others)]
    assert words(numbers=[NUMBER, *more]).may_be_in(written.encode())


@pytest.mark.parametrize(
    ("user", "written"),
    [
        ("an.peeters@brouwerij.example", "  An.Peeters@Brouwerij.example:"),
        ("o'brien@brouwerij.example", "  'O''Brien@brouwerij.example':"),
        ("élise@brouwerij.example", "  ÉLISE@brouwerij.example:"),
        ("kris@brouwerij.example", "  \N{KELVIN SIGN}ris@brouwerij.example:"),
        ("an@brouwerij.example", r'  "\x41n@brouwerij.example":'),
    ],
)
@pytest.mark.parametrize("others", [0, 50])
def test_a_user_is_found_however_the_key_is_written(user: str, written: str, others: int) -> None:
    assert words(users=[user, *(f"x{index}@x" for index in range(others))]).may_be_in(written.encode())


@pytest.mark.parametrize(
    ("glob", "written"),
    [
        ("an.*@brouwerij.example", "  An.Peeters@Brouwerij.example:"),
        ("*é.d?nis@*", "  'DRÉ.DENIS@brouwerij.example':"),
        ("o'b*@*.example", "  'O''Brien@brouwerij.example':"),
        ("*", "  anybody:"),
    ],
)
def test_a_glob_finds_every_user_it_names(glob: str, written: str) -> None:
    assert words(globs=[glob]).may_be_in(written.encode())
    assert not words(globs=["jan.*@brouwerij.example"]).may_be_in(written.encode())


@pytest.mark.parametrize(
    "written", ["profile: field engineer", "profile: field\n    engineer", "profile: 'field engineer'"]
)
def test_a_profile_is_found_where_its_name_is_broken(written: str) -> None:
    assert words(profiles=["field engineer"]).may_be_in(written.encode())


def test_what_is_not_there_is_not_found() -> None:
    content = f'users:\n  an@x:\n    services: {{phone: {{bundle: b, number: "{NUMBER}"}}}}\n'.encode()
    other = words(users=["jan@x"], numbers=["+32470123457"], iccids=[ICCID], profiles=["traveller"])
    assert not other.may_be_in(content)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.sampled_from(["users", "profiles"]))
def test_whatever_yaml_reads_a_word_of_has_that_word(text: str, kind: str) -> None:
    value = parse(text, "x").value
    for word in value if isinstance(value, dict) else [value]:
        if isinstance(word, str) and word.strip() and word.isprintable():
            key = word.strip().lower() if kind == "users" else word
            assert words(**{kind: [key]}).may_be_in(text.encode())
