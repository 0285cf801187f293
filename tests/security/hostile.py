"""The hostile repositories: each way in which the files of a branch could have the reader's machine do something."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from reconciler.applying.journal.database import Database
from tests.git.conftest import plant_bare
from tests.security.stage import SECRET, TOKEN, Stage

_EMBEDDED = "a git repository of its own"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One repository.

    `refused` is what every command says that reads the folder, if the whole repository is refused; `says` is what
    single commands say besides, by how their command line begins.
    """

    name: str
    plant: Callable[[Stage], None]
    refused: str = ""
    says: Mapping[str, str] = field(default_factory=dict)
    #: Whether a branch can hold it, or it comes with an archive, or is the user's own.
    committed: bool = True
    #: Whether it is always tried alone; else together with others that change nothing for it.
    alone: bool = True


HOSTILE: list[Hostile] = []


def hostile(
    *, refused: str = "", says: Mapping[str, str] | None = None, committed: bool = True, alone: bool = True
) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """List a function that plants something as one of the repositories."""

    def listed(plant: Callable[[Stage], None]) -> Callable[[Stage], None]:
        HOSTILE.append(Hostile(plant.__name__.removeprefix("_"), plant, refused, says or {}, committed, alone))
        return plant

    return listed


def _settings(stage: Stage, old: str, new: str) -> None:
    path = stage.fleet / "fleet.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def _link(path: Path, target: Path | str) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


# --- repositories inside the repository -------------------------------------------------------------------------------


@hostile(refused=_EMBEDDED)
def _bare_repository_at_the_folder(stage: Stage) -> None:
    plant_bare(stage.fleet, stage.arm("run.sh"))


@hostile(refused=_EMBEDDED)
def _bare_repository_below_the_folder(stage: Stage) -> None:
    plant_bare(stage.fleet / "users" / "office" / "old", stage.arm("run.sh"))


@hostile(refused=_EMBEDDED)
def _bare_repository_in_a_parent(stage: Stage) -> None:
    plant_bare(stage.top / "fleets", stage.arm("run.sh"))


@hostile(refused=_EMBEDDED)
def _bare_repository_by_a_common_folder(stage: Stage) -> None:
    plant_bare(stage.fleet, stage.arm("run.sh"), shape="commondir")


@hostile(refused=_EMBEDDED)
def _bare_repository_of_executable_files(stage: Stage) -> None:
    plant_bare(stage.fleet, stage.arm("run.sh"), shape="executable files")


@hostile(refused=_EMBEDDED)
def _bare_repository_in_a_hidden_folder(stage: Stage) -> None:
    plant_bare(stage.fleet / ".fleet", stage.arm("run.sh"))


@hostile(refused="among files that a commit can change|a git repository of its own", committed=False)
def _git_file_that_leads_into_the_files(stage: Stage) -> None:
    plant_bare(stage.top / "hidden", stage.arm("run.sh"))
    (stage.top / "fleets" / ".git").write_text("gitdir: hidden-no\n")
    shutil.move(stage.top / "hidden", stage.top / "fleets" / "hidden-no")


@hostile(refused="among files that a commit can change|a git repository of its own", committed=False)
def _git_link_that_leads_into_the_files(stage: Stage) -> None:
    plant_bare(stage.top / "fleets" / "hidden", stage.arm("run.sh"))
    (stage.top / "fleets" / ".git").symlink_to("hidden")


# --- programs that git would run --------------------------------------------------------------------------------------

_PROGRAMS = [
    "core.fsmonitor",
    "core.pager",
    "core.editor",
    "core.sshCommand",
    "core.askPass",
    "core.alternateRefsCommand",
    "diff.external",
    "diff.x.command",
    "diff.x.textconv",
    "filter.x.clean",
    "filter.x.smudge",
    "filter.y.process",
    "gpg.program",
    "gpg.ssh.program",
    "merge.x.driver",
    "pager.status",
    "pager.log",
    "pager.diff",
    "pager.show",
    "credential.helper",
    "sequence.editor",
    "uploadpack.packObjectsHook",
    "remote.origin.uploadpack",
    "remote.origin.receivepack",
    "remote.origin.vcs",
]


def _configure(stage: Stage, program: Path) -> None:
    for key in _PROGRAMS:
        stage.git("config", key, str(program))
    stage.git("config", "alias.status", f"!{program}")
    stage.git("config", "alias.rev-parse", f"!{program}")
    stage.git("config", "log.showSignature", "true")
    stage.git("config", "core.untrackedCache", "true")


def _attributes(stage: Stage) -> None:
    lines = "* filter=x diff=x merge=x\nfleet.yaml filter=y\n*.yaml filter=x diff=x ident\n"
    for name in (".gitattributes", "fleets/fleet-config/.gitattributes", "fleets/fleet-config/users/.gitattributes"):
        stage.write(name, lines)


def _hooks(stage: Stage, folder: str) -> None:
    for name in (
        "pre-commit",
        "post-checkout",
        "post-index-change",
        "reference-transaction",
        "commit-msg",
        "post-commit",
    ):
        stage.arm(f"{folder}/{name}")


@hostile(alone=False)
def _programs_in_the_users_own_settings_and_attributes_in_the_files(stage: Stage) -> None:
    _attributes(stage)
    stage.commit()
    _configure(stage, stage.program)
    for path in stage.fleet.rglob("*.yaml"):
        os.utime(path, (1, 1))  # so that git has to look into them


@hostile(alone=False)
def _hooks_by_a_path_into_the_files(stage: Stage) -> None:
    _hooks(stage, ".husky")
    stage.commit()
    stage.git("config", "core.hooksPath", ".husky")


@hostile(says=MappingProxyType({"transfer": "a file that a branch can change"}))
def _hooks_that_are_links_into_the_files(stage: Stage) -> None:
    _hooks(stage, "githooks")
    stage.commit()
    (stage.top / ".git" / "hooks").mkdir(exist_ok=True)
    for path in (stage.top / "githooks").iterdir():
        (stage.top / ".git" / "hooks" / path.name).symlink_to(path)


@hostile(alone=False)
def _settings_of_git_in_the_files_that_the_user_includes(stage: Stage) -> None:
    program = stage.arm("tools/run.sh")
    keys = f"\tfsmonitor = {program}\n\thooksPath = githooks\n\tsshCommand = {program}\n\tpager = {program}\n"
    stage.write(".gitconfig", f'[core]\n{keys}[filter "x"]\n\tclean = {program}\n\tprocess = {program}\n\trequired\n')
    _attributes(stage)
    _hooks(stage, "githooks")
    stage.commit()
    stage.git("config", "include.path", "../.gitconfig")


@hostile(alone=False)
def _submodules(stage: Stage) -> None:
    program = stage.arm("run.sh")
    parts = [
        f'[submodule "{name}"]\n\tpath = {path}\n\turl = {url}\n\tupdate = !{program}\n'
        for name, path, url in (
            ("a", "fleets/fleet-config/sub", f"{stage.stranger}/x.git"),
            ("../../evil", "fleets/fleet-config/sub2", f"ext::{program}"),
            ("--upload-pack=x", "-x", f"--upload-pack={program}"),
        )
    ]
    stage.write(".gitmodules", "".join(parts))
    stage.commit()
    head = stage.git("rev-parse", "HEAD")
    for name in ("fleets/fleet-config/sub", "fleets/fleet-config/sub2"):
        stage.git("update-index", "--add", "--cacheinfo", f"160000,{head},{name}")
        (stage.top / name).mkdir()
    stage.git("commit", "-qm", "Add submodules")
    stage.git("config", "submodule.recurse", "true")
    stage.git("config", "status.submoduleSummary", "true")


@hostile(alone=False)
def _checked_out_submodule_with_programs_in_its_settings(stage: Stage) -> None:
    inner = stage.fleet / "sub"
    stage.git("init", "-q", str(inner))
    stage.git("-C", str(inner), "commit", "-q", "--allow-empty", "-m", "x")
    stage.git("add", "fleets/fleet-config/sub")
    stage.git("commit", "-qm", "Add a submodule")
    stage.git("-C", str(inner), "config", "core.fsmonitor", str(stage.program))
    (inner / "x").write_text("")


@hostile(committed=False)
def _linked_work_tree(stage: Stage) -> None:
    _attributes(stage)
    stage.commit()
    stage.git("worktree", "add", "-q", "linked", "-b", "linked")
    own = stage.top / "linked" / "fleets" / "fleet-config" / ".fleet"
    own.mkdir(exist_ok=True)
    shutil.copy(stage.fleet / ".fleet" / "sandbox.db", own)
    _configure(stage, stage.program)
    stage.folder = "linked/fleets/fleet-config"


# --- what git believes ------------------------------------------------------------------------------------------------

_ONE = MappingProxyType({"ci apply": "approv", "ci:apply": "approv"})


def _require_on_base(stage: Stage) -> tuple[str, str]:
    """Have the base require an approval, and the branch none; return the commits of both."""
    _settings(stage, "required: 0", "required: 1")
    stage.commit()
    stage.git("update-ref", "refs/remotes/origin/main", "HEAD")
    base = stage.git("rev-parse", "HEAD")
    _settings(stage, "required: 1", "required: 0")
    stage.commit()
    return base, stage.git("rev-parse", "HEAD")


@hostile(says=_ONE, alone=False)
def _replaced_objects(stage: Stage) -> None:
    base, change = _require_on_base(stage)
    names = ("", "^{tree}", ":fleets/fleet-config/fleet.yaml")
    pairs = [[stage.git("rev-parse", f"{commit}{name}") for commit in (base, change)] for name in names]
    for old, new in pairs:
        stage.git("replace", "-f", old, new)


@hostile(says=_ONE, alone=False)
def _tag_and_branch_named_like_the_base(stage: Stage) -> None:
    _require_on_base(stage)
    stage.git("tag", "origin/main")
    stage.git("branch", "origin/main")
    stage.git("tag", "HEAD")


@hostile(says=_ONE, alone=False)
def _grafts_mailmap_and_alternates(stage: Stage) -> None:
    base, change = _require_on_base(stage)
    stage.write(".mailmap", "Nobody <nobody@x.example> <dev@brouwerij.example>\n")
    stage.write("fleets/fleet-config/objects-of-mine/info/x", "")
    stage.commit()
    (stage.top / ".git" / "info").mkdir(exist_ok=True)
    (stage.top / ".git" / "info" / "grafts").write_text(f"{change}\n{base}\n")
    alternates = stage.top / ".git" / "objects" / "info" / "alternates"
    alternates.parent.mkdir(exist_ok=True)
    alternates.write_text(f"{stage.fleet}/objects-of-mine\n")


@hostile()
def _names_like_options(stage: Stage) -> None:
    folder = stage.top / "--upload-pack=touch x" / "-c" / "*[a]:(top)"
    folder.parent.mkdir(parents=True)
    shutil.move(stage.fleet, folder)
    for name in ("-x.yaml", "--output=x.yaml", ":(exclude)x.yaml", "a b.yaml"):
        (folder / "users" / name).write_text("users: {}\n")
    stage.git("branch", "--", "refs/heads/-x")
    stage.commit()
    stage.folder = "./--upload-pack=touch x/-c/*[a]:(top)"


@hostile(alone=False)
def _names_with_line_breaks(stage: Stage) -> None:
    for name in ("new\nline.yaml", "x\n\nHEAD:fleet.yaml\n.yaml", "tab\t.yaml", "\x1b[31mred.yaml"):
        (stage.fleet / "users" / name).write_text("users: {}\n")


# --- links ------------------------------------------------------------------------------------------------------------


@hostile()
def _users_file_that_links_to_a_key(stage: Stage) -> None:
    _link(stage.fleet / "users" / "z.yaml", stage.outside / "idkey")


@hostile()
def _users_file_that_links_to_users_of_others(stage: Stage) -> None:
    _link(stage.fleet / "users" / "z.yaml", "../../../../outside/users/x.yaml")


@hostile()
def _users_file_that_links_by_another_link(stage: Stage) -> None:
    _link(stage.fleet / "near", "../../../outside")
    _link(stage.fleet / "users" / "z.yaml", "../near/idkey")


@hostile()
def _users_file_that_links_to_the_environment(stage: Stage) -> None:
    _link(stage.fleet / "users" / "z.yaml", "/proc/self/environ")


@hostile()
def _users_file_that_links_to_git_itself(stage: Stage) -> None:
    stage.git("config", "http.extraHeader", f"Authorization: {TOKEN}")
    _link(stage.fleet / "users" / "z.yaml", "../../../.git/config")


@hostile()
def _users_file_that_never_ends(stage: Stage) -> None:
    _link(stage.fleet / "users" / "z.yaml", "/dev/zero")


@hostile(committed=False)
def _users_file_that_is_a_pipe(stage: Stage) -> None:
    os.mkfifo(stage.fleet / "users" / "z.yaml")


@hostile()
def _users_folder_that_is_a_link(stage: Stage) -> None:
    _link(stage.fleet / "users", stage.outside / "users")


@hostile()
def _settings_that_are_a_link(stage: Stage) -> None:
    shutil.copy(stage.fleet / "fleet.yaml", stage.outside / "fleet.yaml")
    _link(stage.fleet / "fleet.yaml", stage.outside / "fleet.yaml")


@hostile()
def _own_folder_that_is_a_link(stage: Stage) -> None:
    _link(stage.fleet / ".fleet", stage.outside / "data")


@hostile()
def _folder_of_results_that_is_a_link(stage: Stage) -> None:
    for place in (stage.top, stage.fleet):
        _link(place / "fleet-ci", stage.outside / "data")


@hostile()
def _results_that_are_links(stage: Stage) -> None:
    for name in (
        "plan.json",
        "comment.md",
        "report.html",
        "summary.md",
        "outcome.json",
        "plan.md",
        "plan.html",
        "junit.xml",
    ):
        for place in (stage.top, stage.fleet):
            _link(place / "fleet-ci" / name, stage.outside / "data" / "plan.json")


@hostile(refused="a link of the repository that leads out of it")
def _fleets_folder_that_is_a_link(stage: Stage) -> None:
    shutil.copytree(stage.fleet, stage.outside / "fleet")
    _link(stage.fleet, stage.outside / "fleet")


@hostile()
def _signers_that_are_a_link(stage: Stage) -> None:
    _link(stage.fleet / "approvers" / "allowed_signers", stage.outside / "idkey")


@hostile()
def _signers_by_an_absolute_path(stage: Stage) -> None:
    _settings(stage, "allowed_signers: approvers/allowed_signers", f"allowed_signers: {stage.outside / 'idkey'}")


@hostile()
def _operator_by_an_absolute_path(stage: Stage) -> None:
    _settings(stage, "  type: sandbox", f"  type: sandbox\n  path: {stage.outside / 'data' / 'new.db'}")


@hostile()
def _operator_by_a_path_that_leads_out(stage: Stage) -> None:
    _settings(stage, "  type: sandbox", "  type: sandbox\n  path: ../../../outside/data/new.db")


@hostile()
def _journal_by_a_path_that_leads_out(stage: Stage) -> None:
    with (stage.fleet / "fleet.yaml").open("a") as file:
        file.write(f"\njournal: {{path: {stage.outside / 'data' / 'journal.db'}}}\n")


@hostile()
def _exports_by_paths_that_lead_out(stage: Stage) -> None:
    part = (
        f"  type: file\n  catalogue: {stage.outside / 'catalogue.yaml'}\n  exports:\n    services:\n"
        f'      file: "{stage.outside}/*.csv"\n'
        "      columns: {user: E-mail, number: Number, bundle: Bundle, state: Status}"
    )
    _settings(stage, "  id: MC-2026-001", "  id: MC-2026-001\n  start: 2026-03-01\n  end: 2027-02-28")
    _settings(stage, "  type: sandbox", part)


# --- what is brought along --------------------------------------------------------------------------------------------


@hostile(says=MappingProxyType({"apply": "journal adopt", "ci apply": "journal adopt"}))
def _tracked_journal(stage: Stage) -> None:
    journal = stage.fleet / ".fleet" / "journal.db"
    journal.unlink(missing_ok=True)
    Database.open(f"sqlite:///{journal}").close()


@hostile(alone=False)
def _tracked_caches(stage: Stage) -> None:
    folder = stage.fleet / ".fleet"
    folder.mkdir(exist_ok=True)
    for name in ("wares.json", "offers.json", "completion.json", "users.json", "cache", "rows.bin"):
        (folder / name).write_text('[{"\\u001b[31m": {"__reduce__": "x"}}, ["\\u001b]0;x\\u0007"]]')


@hostile()
def _other_operator(stage: Stage) -> None:
    _settings(stage, "  type: sandbox", f"  type: tmf\n  url: {stage.stranger}\n  attempts: 1")


@hostile()
def _other_operator_that_is_sent_the_token_of_the_platform(stage: Stage) -> None:
    part = f"  type: tmf\n  url: {stage.stranger}\n  attempts: 1\n  headers: {{X-Key: $GITHUB_TOKEN}}"
    _settings(stage, "  type: sandbox", part)


@hostile()
def _other_place_for_the_client_secret(stage: Stage) -> None:
    auth = f"{{token_url: {stage.stranger}/token, client_id_env: FLEET_CLIENT_ID, client_secret_env: GITHUB_TOKEN}}"
    part = f"  type: tmf\n  url: https://api.operator.example\n  attempts: 1\n  auth: {auth}"
    _settings(stage, "  type: sandbox", part)


@hostile()
def _other_journal(stage: Stage) -> None:
    stage.env["FLEET_SECRET_DB"] = f"postgresql://u:{TOKEN}@127.0.0.1:{stage.stranger.rpartition(':')[2]}/x"
    with (stage.fleet / "fleet.yaml").open("a") as file:
        file.write("\njournal: {url_env: FLEET_SECRET_DB}\n")


@hostile(alone=False)
def _python_in_the_folder(stage: Stage) -> None:
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


@hostile(committed=False)
def _much_at_once(stage: Stage) -> None:
    _names_with_line_breaks(stage)
    _tracked_caches(stage)
    _python_in_the_folder(stage)
    _submodules(stage)
    _checked_out_submodule_with_programs_in_its_settings(stage)
    _hooks_by_a_path_into_the_files(stage)
    _settings_of_git_in_the_files_that_the_user_includes(stage)
    _programs_in_the_users_own_settings_and_attributes_in_the_files(stage)


@hostile(says=_ONE, committed=False)
def _much_that_git_believes(stage: Stage) -> None:
    _tag_and_branch_named_like_the_base(stage)
    _grafts_mailmap_and_alternates(stage)
    _replaced_objects(stage)
