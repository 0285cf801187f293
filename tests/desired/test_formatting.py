"""The usual form of a users' file: reached in one step, kept afterwards, with every comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.desired.formatting import formatted
from reconciler.errors import EditRefused, InvalidInput

EXAMPLE = Path(__file__).parents[2] / "fleet-config"

MESSY = """\
# Sales.
users :
    an@x.example:
        # who she is
        cost_centre:   SALES      # since May
        name: An
        services:
            # the works council agreed
            phone:
                # hers
                number: '+32470000001'

                options:
                # abroad
                - roaming
                -  name: calls   # a fair
                   until: 2026-12-31
                bundle: mobile-10\x20\x20
                   # below
            tablet: {sim: {type: physical, iccid: 8932050000000000013},
                     bundle: data-5}

    jan@x.example:  {services: {}}
# the end"""

USUAL = """\
# Sales.
users:
  an@x.example:
    name: An
    # who she is
    cost_centre: SALES      # since May
    services:
      # the works council agreed
      phone:
        bundle: mobile-10
           # below
        # hers
        number: "+32470000001"

        options:
          # abroad
          - roaming
          -  name: calls   # a fair
             until: 2026-12-31
      tablet: {sim: {type: physical, iccid: "8932050000000000013"},
               bundle: data-5}

  jan@x.example: {services: {}}
# the end
"""


def test_a_messy_file_is_brought_into_the_usual_form() -> None:
    assert formatted(MESSY, file="f") == USUAL


def test_the_usual_form_stays_as_it_is() -> None:
    assert formatted(USUAL, file="f") == USUAL


@pytest.mark.parametrize("path", sorted((EXAMPLE / "users").rglob("*.yaml")), ids=lambda path: path.name)
def test_the_example_is_in_the_usual_form(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert formatted(text, file="f") == text


def test_line_ends_and_the_mark_at_the_start_stay() -> None:
    text = "\ufeff" + MESSY.replace("\n", "\r\n")
    assert formatted(text, file="f") == "\ufeff" + USUAL.replace("\n", "\r\n")


@pytest.mark.parametrize("text", ["", "\n", "# nothing here\n", "users: {}\n"])
def test_a_file_without_users_stays_as_it_is(text: str) -> None:
    assert formatted(text, file="f") == text


def test_a_number_without_quotes_becomes_text() -> None:
    text = "users:\n  a@x:\n    services:\n      phone: {bundle: m, number: +32470000001}\n"
    assert formatted(text, file="f") == text.replace("+32470000001", '"+32470000001"')


def test_who_shares_something_keeps_the_order() -> None:
    text = "users:\n  a@x:\n    services:\n      phone:\n        options: &o [a]\n        bundle: m\n"
    shared = text + "      car:\n        options: *o\n        bundle: m\n"
    assert formatted(shared, file="f") == shared
    assert formatted(text, file="f") != text


def test_what_cannot_be_read_is_told_with_its_place() -> None:
    with pytest.raises(InvalidInput) as refused:
        formatted("users:\n\ta: 1\n", file="f")
    assert refused.value.problems[0].place is not None


def test_a_reason_stands_before_the_services_of_a_user_and_last_in_a_service() -> None:
    text = "users:\n  a@x:\n    services:\n      p:\n        reason: b\n        bundle: m\n    reason: c\n"
    assert formatted(text, file="f") == (
        "users:\n  a@x:\n    reason: c\n    services:\n      p:\n        bundle: m\n        reason: b\n"
    )


@pytest.mark.parametrize("newline", ["\r", "\r\n"])
def test_lines_may_end_as_they_like(newline: str) -> None:
    assert formatted(MESSY.replace("\n", newline), file="f") == USUAL.replace("\n", newline)


def test_a_text_that_ends_the_file_is_named_with_what_to_do() -> None:
    text = "users:\n  a@x:\n    services:\n      phone:\n        reason: |\n          x"
    with pytest.raises(EditRefused, match="f:5:17: nothing can follow this text as it is") as refused:
        formatted(text, file="f")
    assert "End the last line of the file with a line break" in str(refused.value.hint)
    assert formatted(f"{text}\n", file="f") == f"{text}\n"
