"""Where credentials and orders go: remembered at first use, and never somewhere else because a file says so."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.desired.load import load_settings
from reconciler.errors import ConnectionRefused
from reconciler.model.connection import connection_of
from reconciler.ports import Asking
from reconciler.settings import connection_guard, world
from tests.cli.commands import Said, command
from tests.e2e.conftest import EXAMPLE, edit
from tests.listener import Listener, listening

SECRET = "very-secret"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a copy of the example fleet."""
    folder = tmp_path / "fleet-config"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".fleet"))
    return folder


@pytest.fixture
def trusted() -> Iterator[Listener]:
    """Listen where the fleet's orders should go."""
    with listening() as listener:
        yield listener


@pytest.fixture
def evil() -> Iterator[Listener]:
    """Listen where they should never go."""
    with listening() as listener:
        yield listener


@pytest.fixture
def fleet(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Fleet:
    """Return what runs commands on the fleet, with secrets in the environment."""
    for name in ("FLEET_CLIENT_ID", "FLEET_CLIENT_SECRET", "FLEET_HEADER_KEY", "GITHUB_TOKEN", "FLEET_JOURNAL_URL"):
        monkeypatch.setenv(name, SECRET)
    return Fleet(root, capsys)


class Fleet:
    """A fleet whose settings can be pointed elsewhere."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self.capsys = capsys
        self.settings = (root / "fleet.yaml").read_text(encoding="utf-8")

    def __call__(self, *arguments: str) -> Said:
        """Run a command."""
        return command(self.capsys, self.root, *arguments)

    def point(self, provider: str, more: str = "") -> None:
        """Have fleet.yaml name another connection."""
        text = self.settings.replace("  type: sandbox  ", f"  {provider}  #")
        assert text != self.settings
        (self.root / "fleet.yaml").write_text(f"{text}{more}", encoding="utf-8")

    def at(self, url: str, *more: str) -> None:
        """Have fleet.yaml name a server."""
        self.point("\n  ".join(("type: tmf", f"url: {url}", "attempts: 1", *more)))


AUTH = "auth: {client_id_env: FLEET_CLIENT_ID, client_secret_env: FLEET_CLIENT_SECRET}"


def test_the_first_use_shows_where_it_goes_and_the_next_says_nothing(fleet: Fleet, trusted: Listener) -> None:
    fleet.at(trusted.url)
    first = fleet("plan", "-q")
    assert f"First use of {fleet.root}: it connects to {trusted.url} (provider tmf) as 'brouwerij-demo'" in first.err
    assert trusted.requests
    assert "First use" not in fleet("plan").err


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"], ["apply", "--auto-approve"], ["apply", "--resume"], ["snapshot", "-o", "live.json"], ["users"],
        ["quota"], ["bill"], ["services", "--live"], ["import", "--check"],
        ["explain", "wim.thys@brouwerij.example/phone"], ["cancel", "--yes"], ["activations"],
        ["ci", "plan"], ["ci", "drift"], ["history"], ["unlock", "--run", "x"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["another server", "the sandbox"])
def test_a_folder_that_names_another_server_sends_nothing(
    arguments: list[str], before: str, fleet: Fleet, trusted: Listener, evil: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fleet.root.parent)
    if before == "another server":
        fleet.at(trusted.url)
    fleet("plan")
    fleet.at(evil.url, AUTH, "headers: {x-key: $FLEET_HEADER_KEY}")
    name, *rest = arguments
    done = fleet(name, *rest) if name != "ci" else _ci(fleet, *rest)
    assert done.code == 4, done
    assert "is not the one it had" in done.err
    assert f"-> '{evil.url}'" in done.err
    assert "fleet trust" in done.err
    assert evil.requests == []


def _ci(fleet: Fleet, *rest: str) -> Said:
    """Run `fleet ci`, whose folder is an option of the group."""
    from reconciler.cli.app import run

    code = run(["-C", str(fleet.root), "ci", *rest])
    return Said(code, *fleet.capsys.readouterr())


@pytest.mark.parametrize(
    "more",
    [
        ["auth: {token_url: 'EVIL'}"],
        ["auth: {token_url: 'EVIL/token', scope: x}"],
        ["headers: {x-key: $FLEET_HEADER_KEY}"],
        ["base_paths: {party: /elsewhere}"],
    ],
)
def test_a_part_that_goes_elsewhere_is_another_connection(
    more: list[str], fleet: Fleet, trusted: Listener, evil: Listener
) -> None:
    fleet.at(trusted.url)
    fleet("plan")
    asked = len(trusted.requests)
    fleet.at(trusted.url, *(each.replace("EVIL", evil.url) for each in more))
    assert fleet("plan").code == 4
    assert (evil.requests, len(trusted.requests)) == ([], asked)


def test_base_paths_cannot_leave_the_server(fleet: Fleet, trusted: Listener, evil: Listener) -> None:
    for path in (evil.url, f"//{evil.url.removeprefix('http://')}/x", "/../x"):
        fleet.at(trusted.url, f"base_paths: {{party: '{path}', catalogue: '{path}'}}")
        done = fleet("plan")
        assert done.code == 1
        assert "expected a path on the server" in done.err
    assert evil.requests == trusted.requests == []


@pytest.mark.parametrize(
    "name", ["GITHUB_TOKEN", "FLEET_JOURNAL_URL", "FLEET_GITLAB_TOKEN", "FLEET_STATE_DIR", "API_KEY"]
)
@pytest.mark.parametrize("where", ["auth: {client_id_env: %s}", "auth: {client_secret_env: %s}", "headers: {x: $%s}"])
def test_variables_that_were_not_made_for_it_are_not_sent(
    name: str, where: str, fleet: Fleet, evil: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, os.environ["FLEET_STATE_DIR"] if name == "FLEET_STATE_DIR" else SECRET)
    fleet.at(evil.url, where % name)
    done = fleet("plan")
    assert done.code == 1
    assert f"{name}' is not one that a file may name" in done.err
    assert "fleet.yaml:" in done.err
    assert evil.requests == []


def test_the_journal_is_in_no_variable_but_its_own(fleet: Fleet) -> None:
    fleet.point("type: sandbox", "journal: {url_env: FLEET_CLIENT_SECRET}\n")
    done = fleet("history")
    assert done.code == 1
    assert "Name one of FLEET_JOURNAL_…" in done.err


@pytest.mark.parametrize(
    "part",
    [
        "url: http://operator.example\n  auth: {scope: x}",
        "url: http://operator.example\n  headers: {x: $FLEET_HEADER_KEY}",
        "url: https://operator.example\n  auth: {token_url: 'http://operator.example/token'}",
    ],
)
def test_credentials_are_not_sent_in_clear_to_another_machine(part: str, fleet: Fleet) -> None:
    fleet.point(f"type: tmf\n  {part}")
    done = fleet("validate")
    assert done.code == 1
    assert "credentials would be sent unencrypted to another machine" in done.err
    fleet.point(f"type: tmf\n  insecure: true\n  {part}")
    assert fleet("validate").code == 0


def test_credentials_in_clear_are_fine_on_this_machine_and_are_those_named(fleet: Fleet, trusted: Listener) -> None:
    fleet.at(trusted.url, AUTH, "headers: {x-key: $FLEET_HEADER_KEY}")
    fleet("plan")
    assert any("/oauth2/token" in request for request in trusted.requests)


def test_a_redirect_is_not_followed(fleet: Fleet, trusted: Listener, evil: Listener) -> None:
    trusted.status, trusted.location = 307, f"{evil.url}/x"
    fleet.at(trusted.url, "headers: {x-key: $FLEET_HEADER_KEY}")
    done = fleet("plan")
    assert done.code == 1
    assert "which is not followed" in done.err
    assert evil.requests == []


def test_what_sends_nothing_is_not_asked_about_and_does_not_open_the_way(
    fleet: Fleet, trusted: Listener, evil: Listener
) -> None:
    fleet.at(trusted.url)
    fleet("plan")
    fleet.point("type: sandbox")
    assert fleet("plan").code == 0
    fleet.at(evil.url)
    assert fleet("plan").code == 4
    fleet.at(trusted.url)
    assert fleet("plan").code == 1, "the first one still counts"
    assert evil.requests == []


def test_a_branch_in_a_work_tree_of_its_own_is_no_first_use(
    fleet: Fleet, trusted: Listener, evil: Listener, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def git(*words: str) -> None:
        identity = ("-c", "user.name=A", "-c", "user.email=a@b.example")
        subprocess.run(["git", "-C", str(tmp_path), *identity, *words], check=True, capture_output=True)

    fleet.at(trusted.url)
    git("init", "-q", "-b", "main")
    git("add", "fleet-config")
    git("commit", "-qm", "Begin")
    fleet("plan")
    fleet.at(evil.url)
    git("commit", "-qam", "Send it to me")
    git("worktree", "add", "-q", "-b", "review", str(tmp_path / "review"))
    done = command(capsys, tmp_path / "review" / "fleet-config", "plan")
    assert done.code == 4
    assert evil.requests == []


class TestTrust:
    """`fleet trust`."""

    def test_it_shows_the_connection_and_takes_the_word_for_it(
        self, fleet: Fleet, trusted: Listener, evil: Listener
    ) -> None:
        fleet.at(trusted.url)
        fleet("plan")
        assert fleet("trust").code == 0
        fleet.at(evil.url, "headers: {x-key: written}")
        shown = fleet("trust")
        assert shown.code == 4
        assert f"provider.url: {evil.url}" in shown.out
        assert "written" not in shown.out + shown.err
        assert fleet("trust", "--origin", trusted.url).code == 4
        assert evil.requests == []
        assert fleet("trust", "--origin", evil.url).code == 0
        assert fleet("plan").code == 1
        assert evil.requests

    def test_the_url_that_is_new_is_the_one_to_type(self, fleet: Fleet, trusted: Listener, evil: Listener) -> None:
        fleet.at(trusted.url, "auth: {scope: x}")
        fleet("plan")
        fleet.at(trusted.url, f"auth: {{scope: x, token_url: '{evil.url}/t'}}")
        assert fleet("trust", "--origin", trusted.url).code == 4
        assert fleet("trust", "--origin", f"{evil.url}/t").code == 0

    def test_somebody_at_a_terminal_types_where_it_goes(self, fleet: Fleet, trusted: Listener, evil: Listener) -> None:
        fleet.at(trusted.url)
        fleet("plan")
        fleet.at(evil.url)
        config = load_settings(fleet.root).config
        for answer in ("yes", trusted.url, "", None):
            somebody = _Somebody(answer)
            with pytest.raises(ConnectionRefused):
                connection_guard(fleet.root, os.environ, asking=somebody).require(config)
            assert evil.url in somebody.question
        connection_guard(fleet.root, os.environ, asking=_Somebody(evil.url)).require(config)
        connection_guard(fleet.root, os.environ).require(config)


class _Somebody(Asking):
    """Somebody at a terminal who gives one answer."""

    def __init__(self, answer: str | None) -> None:
        self.answer = answer
        self.question = ""

    def show(self, text: str) -> None:
        """Look at it."""

    def typed(self, question: str) -> str | None:
        self.question = question
        return self.answer


class TestStateFolder:
    """Where it is remembered."""

    def test_a_connection_that_cannot_be_remembered_is_not_used(
        self, fleet: Fleet, trusted: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("FLEET_STATE_DIR", str(tmp_path / "file" / "state"))
        fleet.at(trusted.url)
        done = fleet("plan")
        assert done.code == 1
        assert "the state folder" in done.err
        assert "FLEET_STATE_DIR" in done.err
        assert trusted.requests == []

    def test_one_that_a_branch_could_fill_is_refused(
        self, fleet: Fleet, trusted: Listener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fleet.at(trusted.url)
        monkeypatch.setenv("FLEET_STATE_DIR", str(fleet.root / "state"))
        done = fleet("plan")
        assert done.code == 64
        assert "where a branch could fill it" in done.err
        (fleet.root.parent / ".git").mkdir()
        monkeypatch.setenv("FLEET_STATE_DIR", str(fleet.root.parent / "state"))
        assert fleet("plan").code == 64
        assert trusted.requests == []

    def test_one_that_others_can_write_to_is_refused(
        self, fleet: Fleet, trusted: Listener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fleet.at(trusted.url)
        fleet("plan")
        [folder] = (Path(os.environ["FLEET_STATE_DIR"]) / "folders").iterdir()
        (folder / "connection.json").unlink()
        asked = len(trusted.requests)
        folder.chmod(0o777)
        assert "others can write to it" in fleet("plan").err
        folder.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(folder.parent, 12345, 12345)
            assert "others can write to it" in fleet("plan").err
        assert len(trusted.requests) == asked

    def test_it_is_the_owner_s_alone(self, fleet: Fleet, trusted: Listener) -> None:
        fleet.at(trusted.url)
        fleet("plan")
        for path in Path(os.environ["FLEET_STATE_DIR"], "folders").rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, path

    @pytest.mark.parametrize(
        ("environment", "place"),
        [
            ({"HOME": "/home/an"}, "/home/an/.local/state/fleet"),
            ({"HOME": "/home/an", "XDG_STATE_HOME": "/x"}, "/x/fleet"),
            ({"HOME": "/home/an", "XDG_STATE_HOME": "relative"}, "/home/an/.local/state/fleet"),
            ({"HOME": "/home/an", "XDG_STATE_HOME": "/x", "FLEET_STATE_DIR": "/y"}, "/y"),
            ({"HOME": "/home/an", "FLEET_STATE_DIR": "~/y"}, "/home/an/y"),
            ({"HOME": "/home/an", "FLEET_STATE_DIR": ""}, "/home/an/.local/state/fleet"),
        ],
    )
    def test_it_is_where_the_environment_says(self, environment: dict[str, str], place: str, tmp_path: Path) -> None:
        from reconciler.usecases.state_folder import state_folder

        assert str(state_folder(tmp_path, environment)) == place


def test_a_connection_named_on_the_command_line_is_the_user_s_own(
    root: Path, capsys: pytest.CaptureFixture[str], trusted: Listener, tmp_path: Path
) -> None:
    assert command(capsys, root, "plan").code == 0
    shutil.rmtree(root / "users")
    (root / "fleet.yaml").unlink()
    done = command(capsys, root, "import", "--provider", "tmf", "--url", trusted.url, "--organisation", "x")
    assert "it connects to" in done.err
    assert trusted.requests


def test_a_world_can_be_made_without_anybody_to_ask(root: Path) -> None:
    config = load_settings(root).config
    assert connection_of(config).is_local
    world(root).provider(config)
    edit(root / "fleet.yaml", "type: sandbox ", "type: tmf\n  url: http://127.0.0.1:9 ")
    with pytest.raises(ConnectionRefused):
        world(root).provider(load_settings(root).config)
