"""Lists as text are the documents they stand for, whoever writes a row and whenever."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from reconciler.errors import FleetError
from reconciler.sandbox import Sandbox, documents, resources, state
from reconciler.sandbox.listing import Query, selected
from reconciler.sandbox.schema import individuals, product_texts, products
from reconciler.settings import open_sandbox
from tests.sandbox.http import PRODUCTS, Operator, modify

FIELDS = (
    frozenset[str](),
    frozenset({"none"}),
    frozenset({"status", "productCharacteristic", "relatedParty", "contactMedium"}),
    frozenset({"startDate", "terminationDate", "productRelationship", "productOffering", "partyCharacteristic"}),
    frozenset({"name", "isBundle", "givenName", "fullName"}),
    frozenset({"status", "productOffering", "productCharacteristic", "relatedParty", "startDate", "terminationDate"})
    | {"productRelationship"},
)
ODD = 'O\'Brien "Bobby" \\ é 📱 \n\t\x01\x7f\u2028</script>'


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """Return a sandbox in which somebody has an odd name and a service with odd labels."""
    made = Sandbox.open(":memory:")
    made.reset(users=300)
    made.drift(1)
    with made.transaction() as connection:
        person: dict[str, Any] = {"n": 301, "id": "ind-0000301", "email": ODD, "given_name": ODD, "family_name": ODD}
        connection.execute(insert(individuals).values(**person, cost_centre=ODD, employee_id=ODD, team=ODD))
        bare: dict[str, Any] = {"n": 302, "id": "ind-0000302", "email": "", "given_name": "", "family_name": ""}
        connection.execute(insert(individuals).values(**bare, cost_centre="", employee_id=""))
        last = connection.execute(select(products.c.n).order_by(products.c.n.desc())).scalars().first() or 0
        service: dict[str, Any] = {"n": last + 1, "id": "prd-00009001", "offering": "mobile-10"}
        service |= {"user_id": "ind-0000301", "started": "2026-12-01T10:00:00.999999+00:00"}
        connection.execute(insert(products).values(**service, status="active", label=ODD, cost_centre=ODD))
    return made


@pytest.mark.parametrize("fields", FIELDS)
def test_the_text_of_a_list_is_that_of_its_documents(sandbox: Sandbox, fields: frozenset[str]) -> None:
    with sandbox.transaction() as connection:
        contract, standing = state.contract(connection), sandbox.standing()
        columns = (column for column in products.c if column.name != "activation_code")
        held = connection.execute(select(*columns).order_by(products.c.n)).mappings().all()
        people = connection.execute(select(individuals).order_by(individuals.c.n)).mappings().all()
        pages = [resources.page(sandbox.driver, each, Query(0, 10_000, fields, ()), standing)[0] for each in _BOTH]
    assert len(held) > 300
    assert json.loads(pages[0].body) == [selected(documents.individual(row), fields) for row in people]
    assert json.loads(pages[1].body) == [selected(documents.product(row, contract), fields) for row in held]


_BOTH = [each for each in resources.TABLES if each.prepared]


def test_a_text_follows_its_row() -> None:
    operator = Operator.of(services=2)
    operator.order(modify("prd-00000001", status="suspended"))
    assert operator.products()[0]["status"] == "suspended"
    with operator.sandbox.transaction() as connection:
        connection.execute(update(products).where(products.c.id == "prd-00000001").values(status="active"))
    assert operator.products()[0]["status"] == "active"


def test_what_was_undone_is_not_shown() -> None:
    operator = Operator.of(services=2)
    before = operator.products()

    def fail(connection: Connection) -> None:
        connection.execute(update(products).values(status="terminated"))
        assert operator.sandbox.standing()
        raise KeyError

    with pytest.raises(KeyError), operator.sandbox.transaction() as connection:
        fail(connection)
    assert operator.products() == before


def test_what_another_process_changed_is_seen(tmp_path: Path) -> None:
    ours, theirs = Sandbox.open(tmp_path / "sandbox.db"), Sandbox.open(tmp_path / "sandbox.db")
    theirs.reset(users=3)
    operator = Operator(ours)
    assert operator.call("GET", PRODUCTS, params={"limit": "1"}).headers["X-Total-Count"] == str(
        len(operator.products())
    )
    theirs.reset(users=5)
    theirs.configure(page_limit=2)
    theirs.fault("throttle", f"GET {PRODUCTS}")
    assert operator.call("GET", PRODUCTS).status_code == 429
    answer = operator.call("GET", PRODUCTS)
    with theirs.transaction() as connection:
        total = len(connection.execute(select(products.c.n)).all())
    assert (answer.headers["X-Result-Count"], answer.headers["X-Total-Count"]) == ("2", str(total))


def test_a_page_asks_the_database_for_little_when_nothing_has_changed() -> None:
    operator, statements = Operator.of(services=4), list[str]()
    operator.products(limit="2")
    operator.sandbox.driver.set_trace_callback(lambda text: statements.append(text) if "PRAGMA" not in text else None)
    operator.products(limit="2", offset="2")
    assert len(statements) == 2, "the page, and the contract for what is the same everywhere"


def test_a_file_from_before_the_texts_is_given_them(tmp_path: Path) -> None:
    sandbox = Sandbox.open(tmp_path / "sandbox.db")
    sandbox.reset(users=3)
    whole = Operator(sandbox).products()
    with sandbox.transaction() as connection:
        connection.exec_driver_sql(f"DROP TABLE {product_texts}")
        connection.exec_driver_sql("PRAGMA user_version = 0")
    sandbox.close()
    assert Operator(Sandbox.open(tmp_path / "sandbox.db")).products() == whole


def test_a_file_whose_tables_are_too_old_is_refused_and_never_listed_as_empty(tmp_path: Path) -> None:
    path = tmp_path / ".fleet" / "sandbox.db"
    path.parent.mkdir()
    (tmp_path / "fleet.yaml").write_text("version: 1\norganisation: brouwerij-demo\nprovider: {type: sandbox}\n")
    old = sqlite3.connect(path)
    old.execute("CREATE TABLE individuals (n INTEGER PRIMARY KEY, id TEXT, email TEXT, given_name TEXT)")
    old.close()
    with pytest.raises(FleetError, match="no such column") as caught:
        open_sandbox(tmp_path)
    assert "Delete it to start afresh" in str(caught.value.hint)
