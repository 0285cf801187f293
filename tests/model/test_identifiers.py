"""Numbers, SIMs, users and labels by R10."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import quoted
from reconciler.model.identifiers import (
    Flaw,
    e164,
    eid_flaw,
    iccid_flaw,
    label_flaw,
    luhn_valid,
    number_flaw,
    user_flaw,
    user_key,
)


@pytest.mark.parametrize("number", ["+32470123456", "+32455000000", "+32499999999", "+31612345678", "+33612345678"])
def test_a_mobile_number_in_full_is_right(number: str) -> None:
    assert number_flaw(number) is None


@pytest.mark.parametrize(
    "number",
    [
        "0470123456",
        "+3247012345",
        "+324701234567",
        "+32440000000",
        "+3222345678",
        "32470123456",
        "+32 470 12 34 56",
        "+999123456789",
        "",
        "+32470123456\n",
        "+٣٢٤٧٠١٢٣٤٥٦",
    ],
)
def test_anything_else_is_no_number(number: str) -> None:
    flaw = number_flaw(number)
    assert flaw is not None
    assert flaw.fatal
    assert quoted(number) in flaw.message


@pytest.mark.parametrize(
    "typed", ["+32470123456", "0470 12 34 56", "0470/12.34.56", "0032470123456", "+32 (0)470-12 34 56"]
)
def test_a_number_is_understood_however_it_is_typed(typed: str) -> None:
    assert e164(typed) == "+32470123456"


@pytest.mark.parametrize("iccid", ["8931070820307245732", "8932050000000000013", "89320500000000000126"])
def test_an_iccid_of_19_or_20_digits_with_its_check_digit_is_right(iccid: str) -> None:
    assert iccid_flaw(iccid) is None


def test_an_iccid_without_its_check_digit_is_worth_a_warning_only() -> None:
    assert iccid_flaw("8932050000000000014") == Flaw(
        "ICCID '8932050000000000014' fails its check digit; was it typed without its last digit?", fatal=False
    )


@pytest.mark.parametrize(
    "iccid",
    [
        "893205000000000001",
        "893205000000000001266",
        "8832050000000000013",
        "89x",
        "",
        "8932050000000000013\n",
        "89٣٢٠٥٠٠٠٠٠٠٠٠٠٠٠١٣",
    ],
)
def test_an_iccid_of_another_length_or_start_is_wrong(iccid: str) -> None:
    flaw = iccid_flaw(iccid)
    assert flaw is not None
    assert flaw.fatal


@pytest.mark.parametrize("eid", ["89034011560010000000000000000121", "89001012012341234012345678901224"])
def test_an_eid_leaves_one_when_divided_by_97(eid: str) -> None:
    assert eid_flaw(eid) is None
    assert eid_flaw(str(int(eid) + 1)) == Flaw(f"EID '{int(eid) + 1}' fails its check digits")
    assert eid_flaw(eid[:-1]) == Flaw(f"'{eid[:-1]}' is no EID; expected 32 digits")


@given(st.integers(0, 10**18 - 1), st.integers(0, 9))
def test_exactly_one_last_digit_passes_luhn(body: int, wrong: int) -> None:
    right = [digit for digit in range(10) if luhn_valid(f"{body}{digit}")]
    assert len(right) == 1
    assert luhn_valid(f"{body}{wrong}") is (wrong == right[0])


def test_a_user_key_has_no_space_and_no_slash_and_ignores_case() -> None:
    assert user_flaw("an.peeters@brouwerij.example") is None
    assert user_flaw("an peeters") is not None
    assert user_flaw("an/peeters") is not None
    assert user_key(" An.Peeters@Brouwerij.example ") == "an.peeters@brouwerij.example"


def test_a_label_is_a_plain_word() -> None:
    assert label_flaw("phone-2.a_b") is None
    for label in ("", "-phone", "my phone", "phone/2", "téléphone"):
        assert label_flaw(label) is not None


@given(st.text())
def test_no_text_makes_a_validator_fail(text: str) -> None:
    for flaw_of in (number_flaw, iccid_flaw, eid_flaw, user_flaw, label_flaw):
        flaw = flaw_of(text)
        assert flaw is None or quoted(text) in flaw.message
