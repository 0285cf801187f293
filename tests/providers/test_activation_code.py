"""Reading activation codes: one at a time, only where there is one, and never a word of it in a message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from reconciler.errors import OperatorError, OperatorRefused, UnreadableAnswer
from reconciler.model.fleet import Service, Sim, SimType
from reconciler.ports import Result
from reconciler.providers.tmf.settings import TmfSettings
from reconciler.sandbox import seeds
from tests.harness import Trial, desired, person, run
from tests.providers.wire import Spoil, Wire, resource

AN = "an.peeters@brouwerij.example"
CODE = "LPA:1$operator.example$K2-9F"


def trial_with(spoil: Spoil | None = None, **settings: Any) -> tuple[Trial, str]:
    """Return a trial with one new eSIM over a wire that spoils answers, and the eSIM's live id."""
    trial = Trial.of(seeds.FleetSeed(users=(person(AN),)))
    fleet = desired(Service(AN, "phone", "mobile-10", sim=Sim(SimType.ESIM)))
    trial.apply(fleet)
    trial.app = Wire(trial.sandbox.app(), spoil)
    trial.settings = TmfSettings("http://sandbox", attempts=1, **settings)
    [found] = Trial(trial.sandbox).snapshot().services
    return trial, found.id


def answering(change: Callable[[Any], tuple[int, bytes]]) -> Spoil:
    """Return a spoiler of the answers about single products."""

    def spoil(path: str, _at: int, _status: int, headers: dict[str, str], body: Any) -> Any:
        if not resource(path).startswith("prd-"):
            return None
        status, content = change(body)
        return status, headers, content

    return spoil


def with_code(value: Any) -> Spoil:
    """Return a spoiler that has every product carry `value` as its code, last and beside names we do not know."""

    def change(body: Any) -> tuple[int, bytes]:
        named = [each for each in body["productCharacteristic"] if each["name"] != "activationCode"]
        body["productCharacteristic"] = [*named, {"name": "activationCode", "value": value}]
        return 200, json.dumps(body).encode()

    return answering(change)


def test_the_code_of_an_esim_is_read_from_its_product_alone() -> None:
    trial, live_id = trial_with()
    code = trial.activation_code(live_id)
    assert code is not None
    assert code.reveal().startswith("LPA:1$sandbox.example$")
    assert trial.app.asked == [("GET", f"/tmf-api/productInventory/v4/product/{live_id}")]


def test_what_there_is_no_code_for_has_none() -> None:
    trial, live_id = trial_with(with_code(None))
    assert trial.activation_code(live_id) is None
    assert trial_with()[0].activation_code("prd-99999999") is None


def test_a_code_is_given_out_as_the_operator_has_it() -> None:
    trial, live_id = trial_with(with_code(f" {CODE} "))
    code = trial.activation_code(live_id)
    assert code is not None
    assert code.reveal() == CODE


@pytest.mark.parametrize(
    "value", ["hunter2", "1$hunter2$K", "LPA:1$a b$hunter2", "LPA:1$a\x1b[2J$hunter2", 7, ["hunter2"]]
)
def test_a_code_nobody_can_use_is_an_error_that_does_not_quote_it(value: Any) -> None:
    trial, live_id = trial_with(with_code(value))
    with pytest.raises(UnreadableAnswer, match=f"product {live_id} has an activation code that is none") as caught:
        trial.activation_code(live_id)
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, f'"{CODE}'), UnreadableAnswer),
        ((200, f'{{"value": "{CODE}", '), UnreadableAnswer),
        ((200, f'"{CODE}"'), UnreadableAnswer),
        ((403, json.dumps({"code": "60", "reason": CODE, "message": f"not {CODE}"})), OperatorRefused),
        ((500, json.dumps({"detail": {"message": CODE}})), OperatorRefused),
    ],
)
def test_no_error_quotes_a_code(answer: tuple[int, str], error: type[OperatorError]) -> None:
    trial, live_id = trial_with(answering(lambda _body: (answer[0], answer[1].encode())))
    with pytest.raises(error) as caught:
        trial.activation_code(live_id)
    seen: BaseException | None = caught.value
    while seen is not None:
        assert "K2-9F" not in f"{seen} {seen!r}"
        seen = seen.__cause__


def test_a_code_in_an_operators_note_does_not_become_a_reason() -> None:
    def spoil(path: str, _at: int, status: int, headers: dict[str, str], body: Any) -> Any:
        if not resource(path).startswith("ord-"):
            return None
        note = [{"author": "operator", "text": f"could not install {CODE} on the chip"}]
        return status, headers, json.dumps({**body, "state": "failed", "note": note}).encode()

    trial, _ = trial_with(spoil)
    _, outcomes = trial.apply(desired(Service(AN, "phone", "mobile-25")))
    [outcome] = outcomes.values()
    assert outcome.result is Result.FAILED
    assert outcome.reason == "the operator answered 'failed': could not install (sensitive) on the chip"


def test_no_more_are_asked_for_at_once_than_the_settings_say() -> None:
    trial, live_id = trial_with(concurrency=3)
    inner, now, most = trial.app, 0, 0

    async def counting(scope: Any, receive: Any, send: Any) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        await inner(scope, receive, send)
        now -= 1

    trial.app = counting

    async def work() -> int:
        async with trial.provider().reading() as reader:
            return len(await asyncio.gather(*(reader.activation_code(live_id) for _ in range(12))))

    assert run(work()) == 12
    assert most == 3
