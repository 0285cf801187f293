"""A journal's URL as hosts hand it out, and one that is wrong: named by its variable, and never with a password."""

from __future__ import annotations

import pytest

from reconciler.applying.journal.address import parse_address, shown
from reconciler.applying.journal.database import Database
from reconciler.errors import JournalError
from tests.postgres import Server


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "POSTGRES"])
def test_a_url_works_as_hosts_hand_it_out(scheme: str, postgres: Server) -> None:
    url = postgres.fresh("handed_out").replace("postgresql+psycopg", scheme)
    database = Database.open(f"{url}?sslmode=prefer")
    with database.transaction() as connection:
        assert connection.exec_driver_sql("select 1").scalar_one() == 1
    database.close()


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "",
        "mysql://fleet:hunter2@host/fleet",
        "postgres://fleet:hunter2@host:port/fleet",
        "postgres://fleet:hunter2@host:99999/fleet",
        "postgres://fleet:hunter2@host:0/fleet",
        "postgres://fleet:hunter2@host:-1/fleet",
        "postgres://fleet:hunter2@host:5432",
        "postgres://fleet:hunter2@host:5432/",
        "postgres://fleet:hunter2",
        "postgres://fleet:hunt@hunter2@host/fleet",
        "postgres://fleet:hunter2@[::1/fleet",
        "postgres:/fleet:hunter2@host/fleet",
        "postgres://fleet:hunter2@ho st:1x/fleet",
    ],
)
def test_a_url_that_makes_no_sense_names_its_variable_and_no_password(url: str) -> None:
    with pytest.raises(JournalError) as refused:
        parse_address(url, "FLEET_JOURNAL")
    words = f"{refused.value} {refused.value.hint}"
    assert "FLEET_JOURNAL" in words
    assert "hunt" not in words


@pytest.mark.parametrize(
    "url",
    [
        "postgres://fleet:hunter2@127.0.0.1:1/fleet",
        "postgres://127.0.0.1:1/fleet?user=fleet&password=hunter2",
        "postgres://fleet:hunter2@127.0.0.1:1/fleet?pgbouncer=true",
        "postgres://fleet:hunter2@127.0.0.1:1/fleet?connect_timeout=soon",
        "postgres://fleet:hunter2@127.0.0.1:1/fleet?sslmode=hunter",
        f"postgres://fleet:hunter2@{'x' * 70}.example:1/fleet",
        "postgres://fleet:hunter2@127.0.0.1:1/fleet?sslrootcert=/nowhere&sslmode=verify-full",
    ],
)
def test_a_server_that_cannot_be_had_is_an_error_without_a_password(url: str) -> None:
    with pytest.raises(JournalError) as refused:
        Database.open(url, seconds=2)
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"


def test_what_is_shown_of_an_address_is_where_it_is() -> None:
    assert shown(parse_address("postgres://u:p@db.example:5433/fleet?password=q", "X")) == (
        "postgresql://db.example:5433/fleet"
    )
