"""No activation code gets anywhere but to who asked for it: every file and every word of a fleet's life is searched."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from reconciler.sandbox import Sandbox
from reconciler.sandbox.schema import products
from tests.e2e.conftest import Fleet, Ran, edit
from tests.e2e.test_reads_only import watched
from tests.e2e.test_served import over_http
from tests.providers.wire import Spoil, resource

TABLET = "lien.aerts@brouwerij.example/tablet"
#: What the operator itself keeps; of course it knows the codes.
OPERATORS = "sandbox.db"


@dataclass(slots=True)
class Watch:
    """Runs commands and keeps every word they say; afterwards it knows which codes there are to search for."""

    fleet: Fleet
    root: Path
    log_format: str = "json"
    said: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, code: int = 0) -> Ran:
        """Run a command, as talkative as can be."""
        ran = self.fleet(*arguments, "-v", "--log-format", self.log_format)
        assert ran.returncode == code, (arguments, ran.stdout, ran.stderr)
        self.said[f"{len(self.said)} {' '.join(arguments)}"] = ran.stdout + ran.stderr
        return ran

    def secrets(self) -> set[bytes]:
        """Return what must not be found: what every code begins with, and each one's own last part."""
        sandbox = Sandbox.open(self.root / ".fleet" / OPERATORS)
        with sandbox.transaction() as connection:
            column = products.c.activation_code
            codes = list(connection.execute(select(column).where(column.is_not(None))).scalars())
        sandbox.close()
        assert len(codes) >= 3
        return {b"LPA:", *(code.rsplit("$", 1)[1].encode() for code in codes)}

    def found(self) -> list[str]:
        """Return where a code was found: the commands that said one, and the files that hold one."""
        places = {name: text.encode() for name, text in self.said.items()}
        for path in self.root.parent.rglob("*"):
            if path.is_file() and not path.name.startswith(OPERATORS):
                places[str(path)] = path.read_bytes()
        secrets = self.secrets()
        return [name for name, content in places.items() if any(secret in content for secret in secrets)]


@pytest.fixture
def watch(fleet: Fleet, root: Path) -> Watch:
    """Return a watch on a fleet whose plan was saved and carried out: three eSIMs have a code since."""
    watch = Watch(fleet, root)
    watch.run("plan", "-o", "plan.json")
    watch.run("apply", "plan.json")
    return watch


def test_the_search_finds_what_was_given_out_on_demand(watch: Watch) -> None:
    shown = watch.run("activations", TABLET, "--show", "--reveal").stdout
    assert watch.run("activations", TABLET, "-o", "code.txt", "--overwrite").stdout == ""
    assert (watch.root.parent / "code.txt").read_text().strip() in shown
    assert [Path(name).name for name in watch.found()] == ["tablet --show --reveal", "code.txt"]


def test_no_code_is_in_anything_that_is_planned_applied_saved_or_told(watch: Watch) -> None:
    run = json.loads(watch.fleet("history", "--format", "json").stdout)[-1]["id"]
    watch.run("snapshot", "-o", "live.json")
    edit(watch.root / "users" / "logistics.yaml", "sim: {type: esim}  ", "state: blocked  ")
    watch.run("plan", "--live", "live.json", "-o", "after.json")
    for arguments in (["plan", "--format", "json"], ["show", "after.json"], ["quota"], ["bill"]):
        watch.run(*arguments)
    watch.run("apply", "after.json")
    for arguments in (["history"], ["history", run], ["history", run, "--format", "json"]):
        watch.run(*arguments)
    for arguments in (["activations"], ["activations", TABLET, "--run", run, "--format", "json"]):
        watch.run(*arguments)
    watch.run("activations", TABLET, "--show", code=64)
    watch.run("activations", TABLET, "-o", "nowhere/code.txt", code=1)
    watch.run("sandbox", "drift")
    assert json.loads((watch.root.parent / "live.json").read_text())["snapshot"]["services"]
    assert watch.found() == []


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_code_is_in_what_is_said_of_an_operator_that_spreads_it(log_format: str, watch: Watch) -> None:
    watch.log_format = log_format
    code = watch.fleet("activations", TABLET, "--show", "--reveal").stdout.splitlines()[-1]
    refusal = json.dumps({"code": "60", "reason": f"{code} is used", "message": code})
    with watched(watch.root) as (url, wire):
        over_http(watch.root, url, "  attempts: 1\n")
        for status, text in ((200, f'{{"value": "{code}", '), (403, refusal), (500, refusal)):
            wire.spoil = instead(status, text)
            said = watch.run("activations", TABLET, "--show", "--reveal", code=1).stderr
            assert "(sensitive)" in said
            assert "Traceback" in said

        wire.spoil = everywhere(code)
        watch.run("snapshot", "-o", "live.json")
        edit(watch.root / "users" / "sales.yaml", "bundle: data-20", "bundle: data-5")
        watch.run("plan", "-o", "plan.json")
        told = watch.run("apply", "plan.json", code=6).stdout
        assert "the operator answered 'failed': the chip refuses (sensitive)" in told
    run = json.loads(watch.run("history", "--format", "json").stdout)[0]["id"]
    assert "the chip refuses (sensitive)" in watch.run("history", run).stdout
    assert watch.found() == []


def instead(status: int, text: str) -> Spoil:
    """Return a spoiler that has every question for one product answered with `text`."""

    def spoil(path: str, _at: int, _status: int, headers: dict[str, str], _body: Any) -> Any:
        return (status, headers, text.encode()) if resource(path).startswith("prd-") else None

    return spoil


def everywhere(code: str) -> Spoil:
    """Return a spoiler that puts `code` wherever one could stand: on every product of a list, in notes of orders."""

    def spoil(_path: str, _at: int, status: int, headers: dict[str, str], body: Any) -> Any:
        for document in body if isinstance(body, list) else [body]:
            if "productCharacteristic" in document:
                document["productCharacteristic"].append({"name": "activationCode", "value": code})
            if "productOrderItem" in document:
                document["state"] = "failed"
                document["note"] = [{"author": "operator", "text": f"the chip refuses {code}"}]
        return status, headers, json.dumps(body).encode()

    return spoil
