"""Lists as text are the documents they stand for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import insert, select

from reconciler.sandbox import Sandbox, documents, prepared, state
from reconciler.sandbox.listing import selected
from reconciler.sandbox.schema import individuals, products

FIELDS = (
    frozenset[str](),
    frozenset({"none"}),
    frozenset({"status", "productCharacteristic", "relatedParty", "contactMedium"}),
    frozenset({"startDate", "terminationDate", "productRelationship", "productOffering", "partyCharacteristic"}),
)
ODD = 'O\'Brien "Bobby" \\ é 📱 \n</script>'


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """Return a sandbox in which somebody has an odd name and a service with odd labels."""
    made = Sandbox.open(":memory:")
    made.reset(users=300)
    made.drift(1)
    with made.transaction() as connection:
        person: dict[str, Any] = {"n": 301, "id": "ind-0000301", "email": ODD, "given_name": ODD, "family_name": ODD}
        connection.execute(insert(individuals).values(**person, cost_centre=ODD, employee_id=ODD, team=ODD))
        service: dict[str, Any] = {"n": 9001, "id": "prd-00009001", "offering": "mobile-10", "user_id": "ind-0000301"}
        connection.execute(insert(products).values(**service, status="active", label=ODD, cost_centre=ODD))
    return made


@pytest.mark.parametrize("fields", FIELDS)
def test_the_text_of_a_list_is_that_of_its_documents(sandbox: Sandbox, fields: frozenset[str]) -> None:
    with sandbox.transaction() as connection:
        contract = state.contract(connection)
        service, user = prepared.products(contract, fields), prepared.individuals(fields)
        held = connection.execute(select(*(column for column in products.c if column.name != "activation_code"))).all()
        people = connection.execute(select(individuals)).all()
    assert len(held) > 300
    for row in held:
        assert json.loads(service(row)) == selected(documents.product(row._mapping, contract), fields)
    for row in people:
        assert json.loads(user(row)) == selected(documents.individual(row._mapping), fields)
