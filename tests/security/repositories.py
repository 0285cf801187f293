"""Hostile by git: repositories in the repository, programs that git would run, and what it would believe."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import MappingProxyType

from tests.git.conftest import plant_bare
from tests.security.cases import edit_settings, hostile
from tests.security.stage import Stage

_EMBEDDED = "a git repository of its own"
#: The commands that are also run with --commit.
_COMMITTING = ("add", "transfer", "block")


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
def programs_in_the_users_own_settings_and_attributes_in_the_files(stage: Stage) -> None:
    _attributes(stage)
    stage.commit()
    _configure(stage, stage.program)
    for path in stage.fleet.rglob("*.yaml"):
        os.utime(path, (1, 1))  # so that git has to look into them


@hostile(alone=False)
def hooks_by_a_path_into_the_files(stage: Stage) -> None:
    _hooks(stage, ".husky")
    stage.commit()
    stage.git("config", "core.hooksPath", ".husky")


@hostile(says=MappingProxyType({"transfer": "a file that a branch can change"}), only=("plan", *_COMMITTING))
def _hooks_that_are_links_into_the_files(stage: Stage) -> None:
    _hooks(stage, "githooks")
    stage.commit()
    (stage.top / ".git" / "hooks").mkdir(exist_ok=True)
    for path in (stage.top / "githooks").iterdir():
        (stage.top / ".git" / "hooks" / path.name).symlink_to(path)


@hostile(alone=False)
def settings_of_git_in_the_files_that_the_user_includes(stage: Stage) -> None:
    program = stage.arm("tools/run.sh")
    keys = f"\tfsmonitor = {program}\n\thooksPath = githooks\n\tsshCommand = {program}\n\tpager = {program}\n"
    stage.write(".gitconfig", f'[core]\n{keys}[filter "x"]\n\tclean = {program}\n\tprocess = {program}\n\trequired\n')
    _attributes(stage)
    _hooks(stage, "githooks")
    stage.commit()
    stage.git("config", "include.path", "../.gitconfig")


@hostile(alone=False)
def submodules(stage: Stage) -> None:
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
def checked_out_submodule_with_programs_in_its_settings(stage: Stage) -> None:
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


APPROVALS = MappingProxyType({"ci apply": "approv", "ci:apply": "approv"})


def _require_on_base(stage: Stage) -> tuple[str, str]:
    """Have the base require an approval, and the branch none; return the commits of both."""
    edit_settings(stage, "required: 0", "required: 1")
    stage.commit()
    stage.git("update-ref", "refs/remotes/origin/main", "HEAD")
    base = stage.git("rev-parse", "HEAD")
    edit_settings(stage, "required: 1", "required: 0")
    stage.commit()
    return base, stage.git("rev-parse", "HEAD")


@hostile(says=APPROVALS, alone=False)
def replaced_objects(stage: Stage) -> None:
    base, change = _require_on_base(stage)
    names = ("", "^{tree}", ":fleets/fleet-config/fleet.yaml")
    pairs = [[stage.git("rev-parse", f"{commit}{name}") for commit in (base, change)] for name in names]
    for old, new in pairs:
        stage.git("replace", "-f", old, new)


@hostile(says=APPROVALS, alone=False)
def tag_and_branch_named_like_the_base(stage: Stage) -> None:
    _require_on_base(stage)
    stage.git("tag", "origin/main")
    stage.git("branch", "origin/main")
    stage.git("tag", "HEAD")


@hostile(says=APPROVALS, alone=False)
def grafts_mailmap_and_alternates(stage: Stage) -> None:
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
def names_with_line_breaks(stage: Stage) -> None:
    for name in ("new\nline.yaml", "x\n\nHEAD:fleet.yaml\n.yaml", "tab\t.yaml", "\x1b[31mred.yaml"):
        (stage.fleet / "users" / name).write_text("users: {}\n")
