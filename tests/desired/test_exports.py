"""The description of exports in fleet.yaml, and the catalogue beside it, are checked with their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desired.files import problems, write
from tests.providers.exports import CATALOGUE, CONTRACT, HEAD, provider_part

GOOD = "\n    services: {file: s.csv, columns: {user: E-mail, number: Number, bundle: Bundle}}\n"


def fleet(
    root: Path, exports: str = GOOD, *, catalogue: str | None = CATALOGUE, head: str = HEAD, **more: str
) -> list[str]:
    """Return what is wrong with a fleet of exports."""
    write(root, fleet=head + provider_part(exports, **more))
    if catalogue is not None:
        (root / "catalogue.yaml").write_text(catalogue, encoding="utf-8")
    return problems(root)


def columns(text: str, more: str = "") -> str:
    """Return exports whose services have these columns."""
    return f"\n    services: {{file: s.csv, columns: {{bundle: B, {text}}}}}\n{more}"


def test_a_description_that_makes_sense_has_no_problems(tmp_path: Path) -> None:
    assert fleet(tmp_path) == []
    assert fleet(tmp_path, max_age="7", country="NL", checklist="{folder: lists}") == []


@pytest.mark.parametrize(
    ("exports", "said"),
    [
        (columns("number: N"), "services: expected a column for either 'user' or 'user_id'"),
        (columns("user: U, user_id: I, number: N"), "services: expected a column for either 'user' or 'user_id'"),
        (columns("user: U"), "services: expected a column for 'id', 'number' or 'iccid', to tell services apart"),
        (columns("user_id: I, number: N"), "services.columns.user_id names a key that no column 'id' of users has"),
        (columns("user: U, nummer: N"), "unknown key 'nummer'; did you mean 'number'?"),
        (
            columns("user: U, number: N", "    options: {file: o.csv, columns: {option: O}}\n"),
            "options: expected a column for either 'service_id' or 'number' of their service",
        ),
        (
            columns("user: U, number: N", "    options: {file: o.csv, columns: {option: O, service_id: I}}\n"),
            "options.columns.service_id names a key that no column 'id' of services has",
        ),
        (
            columns("user: U, number: N, options: O", "    options: {file: o.csv, columns: {option: O, number: N}}\n"),
            "options come from services.columns.options and from an export of their own",
        ),
        ("\n    services: {file: ../s.csv, columns: {user: U, number: N, bundle: B}}\n", "file: expected a path"),
        ("\n    services: {file: s.csv, dates: d/m/y, columns: {user: U, number: N, bundle: B}}\n", "dates: "),
        (
            "\n    services: {file: s.csv, values: {bundle: {X: mobile-1}}, columns: {user: U, id: N, bundle: B}}\n",
            "unknown bundle 'mobile-1'; did you mean 'mobile-10'?",
        ),
        (" {}\n", "the key 'services' is missing"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said(tmp_path: Path, exports: str, said: str) -> None:
    found = fleet(tmp_path, exports)
    assert [line for line in found if said in line and line.startswith("fleet.yaml:")], found


def test_exports_do_not_tell_the_contract_and_the_files_have_to(tmp_path: Path) -> None:
    [found] = fleet(tmp_path, head=HEAD.replace(CONTRACT, ""))
    assert "exports do not tell the contract's period (R3)" in found
    [found] = fleet(tmp_path, head=HEAD.replace("start: 2026-03-01, ", ""))
    assert "expected both 'start' and a later 'end'" in found
    assert fleet(tmp_path, head=HEAD.replace("start: 2026-03-01, end: 2027-02-28", "first_sim: 2024-05-16")) == []


def test_what_an_operator_reports_is_not_declared_over_its_connection(tmp_path: Path) -> None:
    text = (
        "version: 1\norganisation: x\nprovider: {type: sandbox}\ncontract: {first_sim: 2024-05-16, quota: {used: 3}}\n"
    )
    write(tmp_path, fleet=text)
    assert problems(tmp_path) == [
        "fleet.yaml:4:23: contract.first_sim is what the operator reports over this connection",
        "fleet.yaml:4:49: contract.quota.used is what the operator reports over this connection",
    ]


def test_users_are_not_created_where_somebody_clicks(tmp_path: Path) -> None:
    [found] = fleet(tmp_path, head=f"{HEAD}users: {{create: true}}\n")
    assert "users are created in the portal, by hand" in found


@pytest.mark.parametrize(
    ("catalogue", "said"),
    [
        (None, "catalogue.yaml:1:1: there is no catalogue to read: No such file or directory"),
        (CATALOGUE.replace("10.00", "ten"), "catalogue.yaml:3:44: monthly: expected a decimal number"),
        (CATALOGUE.replace("roaming-world, v", "roaming-word, v"), "catalogue.yaml:3:63: unknown option"),
        (CATALOGUE.replace("name: Data 5 GB", "name: mobile-10"), "catalogue.yaml:4:3: 'data-5' and"),
        (CATALOGUE.replace("bundles:", "bundlles:"), "catalogue.yaml:2:1: unknown key 'bundlles'"),
    ],
)  # fmt: skip
def test_a_catalogue_that_makes_no_sense_is_said(tmp_path: Path, catalogue: str | None, said: str) -> None:
    found = fleet(tmp_path, catalogue=catalogue)
    assert [line for line in found if line.startswith(said)], found
