"""Findings as workflow commands, which GitHub shows at the very line of the file.

    ::error file=fleet-config/users/sales.yaml,line=14,endLine=14,col=7,title=protected::…

It shows ten errors, ten warnings and ten notices of a step and drops the others without a word; so the tenth of each
says how many more there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from reconciler.model.plan import Finding, Severity
from reconciler.reports.characters import visible
from reconciler.reports.findings import Concern, in_order, path
from reconciler.reports.markdown.inline import MOST_OF_A_MESSAGE, cut

_MOST = 9
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def workflow_commands(concerns: Iterable[Concern], *, root: str = "", others: str = "see the summary") -> str:
    """Return a line for each of the worst of `concerns`; `root` is the fleet's folder as seen from the repository's.

    `others` says where those are that are left out.
    """
    return "".join(f"{line}\n" for line in _lines(in_order(concerns), root, others))


def _lines(found: Iterable[Finding], root: str, others: str) -> Iterator[str]:
    for severity, group in groupby(found, key=lambda finding: finding.severity):
        same = list(group)
        yield from (_line(finding, root) for finding in same[:_MOST])
        if len(same) > _MOST:
            yield f"::{_COMMANDS[severity]}::{_data(f'and {len(same) - _MOST} more, {others}')}"


def _line(finding: Finding, root: str) -> str:
    properties = {"title": finding.code}
    if finding.place:
        line = str(finding.place.line)
        where = {"file": path(root, finding.place.file), "line": line, "endLine": line}
        properties = where | {"col": str(finding.place.column)} | properties
    said = "\n".join(visible(cut(text, MOST_OF_A_MESSAGE)) for text in (finding.message, finding.hint) if text)
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(said)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
