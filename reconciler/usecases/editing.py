"""Edit the users' files: in memory first, the whole fleet checked and planned with the edit, then written.

`open_editing` reads both sides, `draft` makes the edit and its plan, `write_draft` writes what was agreed to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reconciler.desired.load import Documents, load
from reconciler.errors import EditRefused, InvalidInput, Problem
from reconciler.model.plan import Action, Choices, Finding, Plan, Severity, Verdict
from reconciler.model.snapshot import Snapshot
from reconciler.planning.diff import same
from reconciler.planning.planner import by_weight, require_complete
from reconciler.ports import World
from reconciler.usecases import committing
from reconciler.usecases.editor import Editor
from reconciler.usecases.planning import PlanRequest, planned
from reconciler.usecases.wanted import Wanted
from reconciler.usecases.writing import Rewritten, Workspace, write

#: Findings that no approval or exception can lift: the edit itself is wrong.
_WRONG = frozenset({"unknown-user", "unknown-bundle", "unknown-option", "option-not-allowed", "bundle-not-sellable"})
_MOST_TITLES = 100


class Unworkable(EditRefused):
    """The catalogue or the list of users rules the edit out; `findings` says what of it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(found.message for found in findings), hint=findings[0].hint)
        self.findings = tuple(findings)


class WouldBeInvalid(EditRefused):
    """The files would not be valid with the edit; `problems` says where, in the texts that were not written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        listed = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(f"this edit would make the files invalid, and nothing was written:{listed}")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Editing:
    """Both sides as they are before an edit."""

    world: World
    documents: Documents
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Draft:
    """An edit that nothing is wrong with and that is not written yet.

    `plan` is that of the users concerned, with what was found about them or is new; `earlier` are its actions that were
    planned without the edit too; `whole` is the plan of the whole fleet.
    """

    files: tuple[Rewritten, ...]
    titles: tuple[str, ...]
    plan: Plan
    earlier: tuple[str, ...]
    whole: Plan

    @property
    def message(self) -> str:
        """What a commit of it says."""
        if len(self.titles) == 1:
            return self.titles[0]
        head = f"Make {len(self.titles)} edits of the fleet"
        more = len(self.titles) - _MOST_TITLES
        rest = [f"and {more} more"] if more > 0 else []
        return "\n".join([head, "", *self.titles[:_MOST_TITLES], *rest])

    @property
    def exceeds_quota(self) -> bool:
        """Whether the whole plan asks for more removals than are left, where this part of it does not."""
        return self.whole.quota.verdict is Verdict.EXCEEDED and self.plan.quota.verdict is not Verdict.EXCEEDED


@dataclass(frozen=True, slots=True)
class Recording:
    """How an edit is kept in git: on which new branch, whether committed, with which message."""

    branch: str | None = None
    commit: bool = False
    message: str | None = None


async def open_editing(world: World, live: Path | None = None) -> Editing:
    """Read the files and live, or a saved snapshot of it; raises what planning raises."""
    documents = load(world.root, progress=world.reading.files)
    if live is not None:
        from reconciler.usecases.snapshots import read_live

        return Editing(world, documents, read_live(live))
    async with world.provider(documents.config).reading() as reader:
        snapshot = await reader.snapshot()
    require_complete(snapshot, documents.config.quota)
    return Editing(world, documents, snapshot)


def draft(editing: Editing, wanted: Sequence[Wanted]) -> Draft | None:
    """Return the edit that does what is wanted, checked and planned; None where the files say so already.

    Raises EditRefused, with every problem the files would have; InvalidInput with those they have without the edit.
    """
    editor = Editor(editing.documents, editing.snapshot, Workspace(editing.world.root))
    for each in wanted:
        editor.carry_out(each)
    return draft_of(editing, editor)


def draft_of(editing: Editing, editor: Editor) -> Draft | None:
    """Return what an editor has done, checked and planned."""
    files = editor.workspace.rewritten()
    if not files:
        return None
    whole_before = _plan(editing, editing.documents, Choices())
    try:
        replaced = {file.name: file.after for file in files}
        after = load(editing.world.root, replaced, progress=editing.world.reading.files)
        whole = _plan(editing, after, Choices())
    except InvalidInput as error:
        raise WouldBeInvalid(error.problems) from error
    plan = _plan(editing, after, Choices(targets=tuple(map(_literal, sorted(editor.users)))))
    known = {_said(found) for found in whole_before.findings}
    fresh = [found for found in whole.findings if found.user is not None and _said(found) not in known]
    others = [found for found in fresh if found.user not in editor.users]
    theirs = [found for found in plan.findings if found.user in editor.users or _said(found) not in known]
    bill = replace(plan.bill, monthly_before=whole.bill.monthly_before)
    plan = replace(plan, findings=tuple(by_weight(dict.fromkeys([*theirs, *others]))), bill=bill)
    _require_sensible(plan, whole_before)
    earlier = tuple(
        action.id for action in plan.actions if any(_is_same(action, each) for each in whole_before.actions)
    )
    return Draft(files, tuple(editor.titles), plan, earlier, whole)


def prepare(editing: Editing, made: Draft, recording: Recording) -> None:
    """Raise EditRefused where git would not take the edit, before anybody is asked about it."""
    if recording.branch is not None or recording.commit:
        names = [file.name for file in made.files] if recording.commit else []
        committing.require_clean(editing.world.root, names, branch=recording.branch)


def write_draft(editing: Editing, made: Draft, recording: Recording) -> str | None:
    """Write the files, and commit them where that is wanted; return the commit.

    Raises EditRefused, with every file as it was, where one was changed meanwhile.
    """
    root = editing.world.root
    prepare(editing, made, recording)
    write(root, made.files)
    if recording.commit:
        names, message = [file.name for file in made.files], recording.message or made.message
        return committing.commit(root, names, message, branch=recording.branch)
    if recording.branch is not None:
        committing.switch(root, recording.branch)
    return None


def _plan(editing: Editing, documents: Documents, choices: Choices) -> Plan:
    return planned(editing.world, documents, editing.snapshot, PlanRequest(choices)).plan


def _literal(user: str) -> str:
    """Return a glob that matches this user and no other."""
    return re.sub(r"([*?\[])", r"[\1]", user)


def _is_same(one: Action, other: Action) -> bool:
    """Tell whether two actions order the same, wherever they are declared."""
    if (one.id, one.kind, one.status, one.not_before) != (other.id, other.kind, other.status, other.not_before):
        return False
    if one.after is None or other.after is None:
        return one.after is other.after
    return same(one.after, other.after)


def _require_sensible(plan: Plan, before: Plan) -> None:
    """Raise for what the catalogue or the list of users rules out, unless it stood in the files already."""
    known = {_said(found) for found in before.findings}
    wrong = [found for found in plan.findings if _is_wrong(found) and _said(found) not in known]
    if wrong:
        raise Unworkable(wrong)


def _said(found: Finding) -> tuple[str | None, ...]:
    """Return what a finding says, its place aside: an edit moves the lines below it."""
    return found.code, found.user, found.label, found.message


def _is_wrong(found: Finding) -> bool:
    return found.severity is Severity.ERROR and found.code in _WRONG
