"""A secret shows only to who asks for it, and no type that is saved has a place for one."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from collections.abc import Iterator
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError

from reconciler.model.plan import Plan
from reconciler.model.run import PastAction, PastRun
from reconciler.model.secret import Secret, masked
from reconciler.model.snapshot import Snapshot

CODE = "LPA:1$sandbox.example$0123456789ABCDEF"


@dataclass(frozen=True)
class Holder:
    """A value with a secret in it."""

    code: Secret


def test_a_secret_shows_only_to_who_asks_for_it(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(CODE)
    logging.getLogger("any").warning("got %s, %r in %s", secret, secret, Holder(secret))
    shown = f"{secret} {secret!r} {[secret]} {Holder(secret)} {ValueError(secret)!r} {caplog.text}"
    assert "LPA" not in shown
    assert shown.count("sensitive") == 8
    assert secret.reveal() == CODE


@pytest.mark.parametrize("save", [json.dumps, pickle.dumps, copy.deepcopy, vars, list])
def test_a_secret_is_not_saved(save: Any) -> None:
    with pytest.raises(TypeError):
        save(Secret(CODE))
    with pytest.raises(TypeError, match="a secret is not saved"):
        asdict(Holder(Secret(CODE)))


def test_a_saved_snapshot_could_not_even_be_made_with_one() -> None:
    with pytest.raises(PydanticSchemaGenerationError):
        TypeAdapter(Holder)


@pytest.mark.parametrize(
    ("kind", "other_codes"), [(Snapshot, {"code"}), (Plan, {"code"}), (PastRun, {"exit_code"}), (PastAction, set())]
)
def test_no_type_that_is_saved_has_a_field_for_an_activation_code(kind: type, other_codes: set[str]) -> None:
    fields = list(fields_of(kind))
    assert len(fields) >= len(get_type_hints(kind)) > 5
    assert Secret not in [inner for _, inner in fields]
    assert {name for name, _ in fields if "code" in name or "secret" in name} == other_codes


def fields_of(kind: Any, seen: frozenset[Any] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Yield every field of a type and of the types inside it, with its name; what a union is of has none."""
    if kind in seen:
        return
    if is_dataclass(kind) or hasattr(kind, "_fields"):
        for name, inner in get_type_hints(kind).items():
            yield name, inner
            yield from fields_of(inner, seen | {kind})
    for inner in get_args(kind):
        yield "", inner
        yield from fields_of(inner, seen | {kind})


def test_a_field_that_may_hold_a_secret_would_be_noticed() -> None:
    @dataclass(frozen=True)
    class Leaky:
        holders: tuple[Holder | None, ...]

    assert ("code", Secret) in set(fields_of(Leaky))
    assert ("", Secret) in set(fields_of(dict[str, Secret | None]))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (f"your code is {CODE} now", "your code is (sensitive) now"),
        (f'{{"value": "{CODE.lower()}"', '{"value": "(sensitive)'),
        ("no code", "no code"),
    ],
)
def test_a_code_in_free_text_is_masked(said: str, shown: str) -> None:
    assert masked(said) == shown
