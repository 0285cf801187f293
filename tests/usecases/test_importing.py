"""An import writes the files of what is live: where there is room, in the same bytes for the same live."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from reconciler.desired.load import load
from reconciler.desired.settings_text import Settings
from reconciler.desired.split import Split
from reconciler.errors import FilesInTheWay, IncompleteSnapshot, InvalidInput, UsageError
from reconciler.sandbox import identities, seeds
from reconciler.usecases.importing import Draft, ImportRequest, draft_import, write_import
from reconciler.usecases.planning import PlanRequest, make_plan
from tests.desired.files import SETTINGS
from tests.harness import Trial, person, run
from tests.providers.wire import Wire

AN, ELS, JAN = "an.peeters@brouwerij.example", "els.maes@brouwerij.example", "jan.claes@brouwerij.example"
CONNECTION = Settings("brouwerij-demo", {"type": "sandbox"})


def held(
    index: int, user: str = AN, label: str | None = "phone", bundle: str = "mobile-25", **parts: object
) -> seeds.ServiceSeed:
    """Return a service with a number and a SIM of its own."""
    values = {"number": identities.number(index, 7), "iccid": identities.iccid(index), **parts}
    return seeds.ServiceSeed(user, label, bundle, **values)  # type: ignore[arg-type]


def company(*services: seeds.ServiceSeed, users: tuple[seeds.UserSeed, ...] = ()) -> Trial:
    """Return an operator with these services of An, Els and Jan."""
    people = users or (person(AN), person(ELS, "BREW"), person(JAN, None))
    return Trial.of(seeds.FleetSeed(contract=seeds.ContractSeed(removal_base=0), users=people, services=services))


def folder(path: Path, settings: str = SETTINGS) -> Path:
    """Return a fleet's folder with settings alone."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "fleet.yaml").write_text(settings)
    return path


def imported(trial: Trial, root: Path, **request: object) -> Draft:
    """Import into `root`, and return what was written."""
    draft = run(draft_import(trial.world(root), ImportRequest(**request)))  # type: ignore[arg-type]
    write_import(draft)
    return draft


def test_a_fleet_is_written_by_cost_centre_and_planning_it_has_nothing_to_do(tmp_path: Path) -> None:
    trial = company(
        held(1, label=None, options=("roaming-world",), temporary=(("roaming-world", date(2026, 12, 31)),)),
        held(2, label=None, bundle="data-5"),
        held(3, ELS, state="suspended"),
        held(4, JAN, bundle="m2m-1", label="Jan's"),
    )
    imported(trial, folder(tmp_path))
    written = {path.name: path.read_text() for path in (tmp_path / "users").iterdir()}
    assert written == {
        "brew.yaml": """\
# yaml-language-server: $schema=../schemas/users.schema.json
# Written by fleet import from what was live; yours to edit from here on.
users:
  els.maes@brouwerij.example:
    name: Els Maes
    cost_centre: BREW
    services:
      phone:  # blocked at the operator when imported
        bundle: mobile-25
        number: "+32470000003"
""",
        "no-cost-centre.yaml": """\
# yaml-language-server: $schema=../schemas/users.schema.json
# Written by fleet import from what was live; yours to edit from here on.
users:
  jan.claes@brouwerij.example:
    name: Jan Claes
    services:
      machine:
        bundle: m2m-1
        number: "+32470000004"
""",
        "sales.yaml": """\
# yaml-language-server: $schema=../schemas/users.schema.json
# Written by fleet import from what was live; yours to edit from here on.
users:
  an.peeters@brouwerij.example:
    name: An Peeters
    cost_centre: SALES
    services:
      phone:
        bundle: mobile-25
        number: "+32470000001"
        options:
          - name: roaming-world
            until: 2026-12-31
      data:
        bundle: data-5
        number: "+32470000002"
""",
    }
    made = run(make_plan(trial.world(tmp_path), PlanRequest())).plan
    assert made.actions == ()
    assert [found.code for found in made.findings] == ["blocked-at-operator", "contract-notice"]
    assert (tmp_path / "schemas" / "users.schema.json").is_file()


def test_users_without_services_are_not_written_so_that_nothing_of_theirs_is_ever_removed(tmp_path: Path) -> None:
    trial = company(held(1))
    assert imported(trial, folder(tmp_path)).without_services == 2
    assert [user.key for user in load(tmp_path).users] == [AN]


@pytest.mark.parametrize("split", list(Split))
def test_however_it_is_parted_the_same_is_declared(split: Split, tmp_path: Path) -> None:
    trial = company(held(1), held(2, ELS), held(3, JAN))
    files = imported(trial, folder(tmp_path), split=split).files
    names = [file.name for file in files if file.name.startswith("users/")]
    assert len(names) == (1 if split in (Split.ONE, Split.TEAM) else 3)
    assert [user.key for user in load(tmp_path).users] == [AN, ELS, JAN]


def test_profiles_are_added_to_settings_that_have_none_and_are_used(tmp_path: Path) -> None:
    trial = company(*(held(n, label=f"s{n}", options=("roaming-world",)) for n in range(1, 6)))
    imported(trial, folder(tmp_path))
    assert (tmp_path / "fleet.yaml").read_text().startswith(SETTINGS)
    assert list(load(tmp_path).profiles) == ["mobile-25-roaming-world"]
    assert {each.profile for user in load(tmp_path).users for each in user.services} == {"mobile-25-roaming-world"}
    assert run(make_plan(trial.world(tmp_path), PlanRequest())).plan.actions == ()


def test_settings_with_profiles_of_their_own_are_left_alone_and_the_new_ones_are_shown(tmp_path: Path) -> None:
    own = SETTINGS + "profiles:\n  # ours\n  roamer: {bundle: mobile-10, options: [roaming-world]}\n"
    trial = company(
        *(held(n, label=f"s{n}", options=("roaming-world",)) for n in range(1, 6)),
        held(6, ELS, bundle="mobile-10", options=("roaming-world",)),
    )
    draft = imported(trial, folder(tmp_path, own))
    assert (tmp_path / "fleet.yaml").read_text() == own
    assert draft.advice.startswith("profiles:\n  mobile-25-roaming-world:")
    assert {each.profile for user in load(tmp_path).users for each in user.services} == {None, "roamer"}
    assert run(make_plan(trial.world(tmp_path), PlanRequest())).plan.actions == ()


def test_a_folder_without_settings_gets_them_from_how_the_operator_was_reached(tmp_path: Path) -> None:
    imported(company(held(1)), tmp_path, connection=CONNECTION)
    found = load(tmp_path).config
    assert (found.organisation, found.provider.type, found.contract) == ("brouwerij-demo", "sandbox", "MC-2026-001")


def test_how_the_operator_is_reached_is_said_in_one_place(tmp_path: Path) -> None:
    trial = company(held(1))
    with pytest.raises(UsageError, match=r"no fleet\.yaml"):
        run(draft_import(trial.world(tmp_path), ImportRequest()))
    with pytest.raises(UsageError, match="says how the operator is reached"):
        run(draft_import(trial.world(folder(tmp_path)), ImportRequest(connection=CONNECTION)))


def test_files_that_are_there_are_not_overwritten_but_listed(tmp_path: Path) -> None:
    trial = company(held(1))
    (folder(tmp_path) / "users" / "deep").mkdir(parents=True)
    (tmp_path / "users" / "deep" / "a.yaml").write_text("users: {}\n")
    with pytest.raises(FilesInTheWay, match=r"\n  users/deep/a\.yaml") as caught:
        run(draft_import(trial.world(tmp_path), ImportRequest()))
    assert "--out" in str(caught.value.hint)
    out = tmp_path / "out"
    imported(trial, tmp_path, out=out)
    assert (out / "fleet.yaml").read_text() == (tmp_path / "fleet.yaml").read_text()
    assert [user.key for user in load(out).users] == [AN]


def test_the_same_live_gives_the_same_bytes_whatever_order_it_comes_in(tmp_path: Path) -> None:
    services = [held(n, user, None, bundle) for n, (user, bundle) in enumerate(
        [(AN, "mobile-10"), (AN, "mobile-10"), (ELS, "data-5"), (AN, "data-5"), (JAN, "m2m-1")], start=1
    )]  # fmt: skip
    people = (person(AN), person(ELS, "BREW"), person(JAN, None))
    texts = [
        run(draft_import(company(*order, users=users).world(folder(tmp_path)), ImportRequest())).files
        for order, users in ((services, people), (services[::-1], people[::-1]))
    ]
    assert texts[0] == texts[1]


def test_services_that_nothing_tells_apart_are_left_out_rather_than_mixed_up(tmp_path: Path) -> None:
    bare = {"number": "", "iccid": None, "label": None}
    trial = company(held(1, **bare), held(2, **bare), held(3, ELS, **bare), held(4, JAN))  # type: ignore[arg-type]
    draft = imported(trial, folder(tmp_path))
    assert [each.user for each in draft.left_out] == [AN, ELS]
    assert draft.left_out[0].reason.endswith("has no number, SIM or label to know it by")
    assert [user.key for user in load(tmp_path).users] == [JAN]
    assert run(make_plan(trial.world(tmp_path), PlanRequest())).plan.actions == ()


def test_a_service_that_was_told_in_part_keeps_its_user_out_of_the_files(tmp_path: Path) -> None:
    def spoil(path: str, _at: int, status: int, headers: dict[str, str], body: Any) -> Any:
        for each in body if path.endswith("/product") else ():
            values = each["productCharacteristic"]
            values[:] = [it | {"value": ["?"]} if it["value"] == identities.number(1, 7) else it for it in values]
        return status, headers, json.dumps(body).encode()

    trial = company(held(1), held(2, ELS))
    trial.app = Wire(trial.sandbox.app(), spoil)
    draft = imported(trial, folder(tmp_path))
    assert [each.user for each in draft.left_out] == [AN]
    assert draft.left_out[0].reason.startswith("live service prd-00000001 is told in part: ")
    made = run(make_plan(trial.world(tmp_path), PlanRequest())).plan
    assert (made.actions, made.is_blocked) == ((), False)


def test_whom_no_file_can_declare_is_never_left_to_files_that_are_the_whole_truth(tmp_path: Path) -> None:
    endless = f"{'x' * 300}@brouwerij.example"
    trial = company(held(1, endless), held(2), users=(person(endless), person(AN)))
    with pytest.raises(InvalidInput) as caught:
        run(draft_import(trial.world(folder(tmp_path, SETTINGS + "ownership: organisation\n")), ImportRequest()))
    assert "would remove every service of xxx" in caught.value.problems[0].message
    ignored = SETTINGS + 'ownership: organisation\nignore: [{user: "xxx*"}]\n'
    assert [user.key for user in imported(trial, folder(tmp_path, ignored)).users] == [AN]


def test_nothing_is_written_from_a_live_that_was_read_in_part(tmp_path: Path) -> None:
    trial = company(held(1))
    trial.sandbox.load(replace(seeds.generate(3, 1), contract=seeds.ContractSeed(removal_base=50)))
    with pytest.raises(IncompleteSnapshot):
        run(draft_import(trial.world(folder(tmp_path)), ImportRequest()))
