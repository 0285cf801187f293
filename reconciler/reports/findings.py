"""What checks found and what is wrong with the files as one list, the worst first, each at its file."""

from __future__ import annotations

from collections.abc import Iterable
from posixpath import normpath
from typing import TypeAlias

from reconciler.errors import Problem
from reconciler.model.plan import Finding, Severity

#: The codes of what keeps the files from being read, and of what is odd about them and workable.
INVALID, ODD = "invalid-input", "odd-input"
Concern: TypeAlias = Finding | Problem
_SEVERITIES = tuple(Severity)


def in_order(concerns: Iterable[Concern]) -> list[Finding]:
    """Return findings, the worst first; what is wrong with the files is an error."""
    found = (_finding(each) if isinstance(each, Problem) else each for each in concerns)
    return sorted(found, key=lambda finding: _SEVERITIES.index(finding.severity))


def odd_input(problem: Problem) -> Finding:
    """Return what is odd about the files, and no error."""
    return Finding(ODD, Severity.WARNING, problem.message, problem.hint, place=problem.place)


def path(root: str, file: str) -> str:
    """Return a file of the fleet as seen from where the fleet's folder is `root`."""
    return normpath(f"{root}/{file}") if root else file


def _finding(problem: Problem) -> Finding:
    return Finding(INVALID, Severity.ERROR, problem.message, problem.hint, place=problem.place)
