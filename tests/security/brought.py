"""Hostile by what is brought along: a journal, caches, another operator, modules of Python."""

from __future__ import annotations

from types import MappingProxyType

from reconciler.applying.journal.database import Database
from tests.security.cases import edit_settings, hostile
from tests.security.stage import SECRET, TOKEN, Stage

#: The commands that open the journal.
JOURNAL = (
    *("apply", "ci apply", "history", "cancel", "unlock", "activations", "users", "user", "plan", "quota", "trust"),
    *("checklist write", "checklist done", "checklist status", "journal adopt"),
)


@hostile(says=MappingProxyType({"apply": "journal adopt", "ci apply": "journal adopt"}), only=JOURNAL)
def _tracked_journal(stage: Stage) -> None:
    journal = stage.fleet / ".fleet" / "journal.db"
    journal.unlink(missing_ok=True)
    Database.open(f"sqlite:///{journal}").close()


@hostile(alone=False)
def tracked_caches(stage: Stage) -> None:
    folder = stage.fleet / ".fleet"
    folder.mkdir(exist_ok=True)
    for name in ("wares.json", "offers.json", "completion.json", "users.json", "cache", "rows.bin"):
        (folder / name).write_text('[{"\\u001b[31m": {"__reduce__": "x"}}, ["\\u001b]0;x\\u0007"]]')


@hostile()
def _other_operator(stage: Stage) -> None:
    edit_settings(stage, "  type: sandbox", f"  type: tmf\n  url: {stage.stranger}\n  attempts: 1")


@hostile()
def _other_operator_that_is_sent_the_token_of_the_platform(stage: Stage) -> None:
    part = f"  type: tmf\n  url: {stage.stranger}\n  attempts: 1\n  headers: {{X-Key: $GITHUB_TOKEN}}"
    edit_settings(stage, "  type: sandbox", part)


@hostile()
def _other_place_for_the_client_secret(stage: Stage) -> None:
    auth = f"{{token_url: {stage.stranger}/token, client_id_env: FLEET_CLIENT_ID, client_secret_env: GITHUB_TOKEN}}"
    part = f"  type: tmf\n  url: https://api.operator.example\n  attempts: 1\n  auth: {auth}"
    edit_settings(stage, "  type: sandbox", part)


@hostile(only=JOURNAL)
def _other_journal(stage: Stage) -> None:
    stage.env["FLEET_SECRET_DB"] = f"postgresql://u:{TOKEN}@127.0.0.1:{stage.stranger.rpartition(':')[2]}/x"
    with (stage.fleet / "fleet.yaml").open("a") as file:
        file.write("\njournal: {url_env: FLEET_SECRET_DB}\n")


@hostile(alone=False)
def python_in_the_folder(stage: Stage) -> None:
    plant_python(stage)


def plant_python(stage: Stage) -> None:
    """Plant what Python, its tools, shells and editors would pick up from a folder they are started in."""
    line = f"open({str(stage.mark)!r}, 'a').write(__name__)\n"
    modules = ("sitecustomize.py", "usercustomize.py", "reconciler/__init__.py", "click.py", "yaml.py", "msgspec.py")
    for folder in ("", "fleets/fleet-config/"):
        for name in (*modules, "conftest.py", "setup.py", "json.py", "encodings/__init__.py", "reconciler/__main__.py"):
            stage.write(f"{folder}{name}", line)
        for name in ("git", "ssh-keygen", "python3", "fleet"):
            stage.arm(f"{folder}{name}")
        stage.write(f"{folder}.env", f"PYTHONPATH=.\nPYTHONSTARTUP=click.py\nFLEET_YAML=plain\nGIT_DIR=x\nX={SECRET}\n")
        entry = '[project.entry-points."reconciler.providers"]\nsandbox = "click:x"\nevil = "click:x"\n'
        stage.write(f"{folder}pyproject.toml", f'[project]\nname = "reconciler"\nversion = "9"\n{entry}')
        stage.write(f"{folder}reconciler-9.dist-info/entry_points.txt", "[reconciler.providers]\nsandbox = click:x\n")
        stage.write(f"{folder}reconciler-9.dist-info/METADATA", "Metadata-Version: 2.1\nName: reconciler\nVersion: 9\n")
        stage.write(f"{folder}evil.pth", f"import os; os.system('{stage.program}')\n")
