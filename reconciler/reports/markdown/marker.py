"""The hidden first line of a comment or an issue, by which a later run finds it again.

    <!-- fleet-plan {"v":1,"scope":"acme/main","commit":"…","plan":"sha256:…","truncated":false,"closed":false} -->

Anybody can write such a line: whoever looks for one must look at the author too.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum

_LINE = re.compile(r"<!-- fleet-(?P<topic>[a-z]+) (?P<facts>\{.*\}) -->")
_VERSION = 1
_FACTS = ("scope", "commit", "plan", "truncated", "closed", "run", "checksum")


class Topic(StrEnum):
    """What a comment or issue is about; there is one of each kind in a place."""

    PLAN = "plan"
    APPLY = "apply"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True)
class Marker:
    """What a later run has to know.

    `plan` is the digest of the plan that is shown and `checksum` that of its document, `run` the job with its artefact.
    """

    topic: Topic
    scope: str
    commit: str | None = None
    plan: str | None = None
    truncated: bool = False
    closed: bool = False
    run: str | None = None
    checksum: str | None = None

    def __str__(self) -> str:
        facts = {"v": _VERSION} | {name: value for name, value in asdict(self).items() if name != "topic"}
        text = json.dumps(facts, separators=(",", ":"))
        # What could end an HTML comment is written by its number, which JSON reads back.
        for sign in ("<", ">", "&", "--"):
            text = text.replace(sign, "".join(f"\\u{ord(each):04x}" for each in sign))
        return f"<!-- fleet-{self.topic} {text} -->"


def parse(text: str) -> Marker | None:
    """Return the marker that `text` begins with; None where it begins with none that this version understands."""
    found = _LINE.fullmatch(text.partition("\n")[0].rstrip("\r"))
    if not found or found["topic"] not in list(Topic):
        return None
    try:
        facts = json.loads(found["facts"])
    except (ValueError, RecursionError):
        return None
    if facts.pop("v", None) != _VERSION or not isinstance(facts.get("scope"), str):
        return None
    known = {name: facts[name] for name in _FACTS if name in facts}
    return Marker(Topic(found["topic"]), **known)
