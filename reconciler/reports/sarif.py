"""Findings and problems as SARIF 2.1.0, for code scanning.

A result needs a place there, so what concerns the whole fleet is put at the start of fleet.yaml. Its fingerprint, under
the one name that GitHub looks at, is of code, file and message, not of the line: what moves with an edit above it stays
the same result.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from reconciler import __version__
from reconciler.errors import Place
from reconciler.model.plan import Finding, Severity
from reconciler.reports.characters import visible
from reconciler.reports.findings import Concern, in_order, path
from reconciler.reports.markdown.inline import MOST_OF_A_MESSAGE, cut

#: GitHub shows so many results of a run, and refuses a file with more than five times as many.
_MOST = 5000
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SOMEWHERE = Place("fleet.yaml", 1, 1)


def sarif(concerns: Iterable[Concern], *, root: str = "") -> str:
    """Return the worst of `concerns` as SARIF; `root` is the fleet's folder as seen from the repository's."""
    found = in_order(concerns)[:_MOST]
    driver = {
        "name": "fleet",
        "version": __version__,
        "rules": [_rule(code) for code in dict.fromkeys(visible(finding.code) for finding in found)],
    }
    seen: Counter[str] = Counter()
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, root, seen) for finding in found],
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str) -> dict[str, Any]:
    """Return what GitHub shows of a code above its results."""
    words = _text(code.replace("-", " "))
    described = {"shortDescription": words, "fullDescription": words, "help": "See docs/checks.md of fleet."}
    return {"id": code} | {name: {"text": text} for name, text in described.items()}


def _result(finding: Finding, root: str, seen: Counter[str]) -> dict[str, Any]:
    place = finding.place or _SOMEWHERE
    said = " — ".join(_text(text) for text in (finding.message, finding.hint) if text)
    print_of = _fingerprint(finding, place)
    seen[print_of] += 1
    return {
        "ruleId": visible(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": said or "(none)"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(visible(path(root, place.file)), safe="/")},
                    "region": {"startLine": place.line, "startColumn": place.column},
                }
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": f"{print_of}:{seen[print_of]}"},
    }


def _text(text: str) -> str:
    """Return a message in which nothing is a link or a placeholder (SARIF 3.11.5 and 3.11.6)."""
    shown = visible(cut(text, MOST_OF_A_MESSAGE)).replace("\\", "\\\\")
    for sign, escaped in (("[", "\\["), ("]", "\\]"), ("{", "{{"), ("}", "}}")):
        shown = shown.replace(sign, escaped)
    return shown


def _fingerprint(finding: Finding, place: Place) -> str:
    facts = json.dumps([finding.code, place.file, finding.user, finding.label, finding.message])
    return hashlib.sha256(facts.encode()).hexdigest()[:32]
