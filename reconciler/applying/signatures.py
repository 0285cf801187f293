"""Signed statements: made and verified by OpenSSH's `ssh-keygen -Y`, under the namespace `fleet-plan`.

An approval is a file with a statement (which plan, which organisation, who, as what, until when) and the signature over
exactly its text. Who may sign is a file in OpenSSH's format of allowed signers.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.errors import ApprovalMissing, quoted

NAMESPACE = "fleet-plan"
_FORMAT = 1
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody signs: this plan of this organisation, in this role, until then."""

    digest: str
    organisation: str
    approver: str
    role: str | None
    signed: datetime
    expires: datetime

    def text(self) -> str:
        """Return the text that is signed: canonical JSON and a line end."""
        facts = {
            "format": _FORMAT,
            "digest": self.digest,
            "organisation": self.organisation,
            "approver": self.approver,
            "role": self.role,
            "signed": self.signed.isoformat(),
            "expires": self.expires.isoformat(),
        }
        return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Signed:
    """An approval as it came: its file's name, the text that was signed, what it says, and the signature."""

    name: str
    text: str
    statement: Statement
    signature: str

    @property
    def id(self) -> str:
        """What tells this approval from every other, and is remembered once it is spent."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def document(self) -> str:
        """Return the file of the approval."""
        return json.dumps({"statement": self.text, "signature": self.signature}, indent=2) + "\n"


def sign(statement: Statement, key: Path) -> Signed:
    """Return a statement signed with a private key; ApprovalMissing where ssh-keygen refuses.

    A passphrase is asked for by ssh-keygen itself, on the terminal.
    """
    with TemporaryDirectory() as folder:
        message = Path(folder) / "statement"
        message.write_text(statement.text(), encoding="utf-8")
        done = _ssh_keygen("sign", "-f", str(key), "-n", NAMESPACE, str(message))
        if done.returncode:
            raise ApprovalMissing(f"the plan was not signed: {done.stderr.strip().splitlines()[-1]}")
        signature = message.with_suffix(".sig").read_text(encoding="utf-8")
    return Signed("", statement.text(), statement, signature)


def read(text: str, *, name: str) -> Signed:
    """Return the approval in `text`, which anybody may have written; ApprovalMissing where it is none."""
    try:
        document = json.loads(text)
        facts = json.loads(document["statement"])
        if facts.pop("format") != _FORMAT:
            raise ValueError("it is of a later version")
        _require_text(document["statement"], document["signature"], *facts.values())
        signed, expires = (_instant(facts.pop(each)) for each in ("signed", "expires"))
        statement = Statement(**facts, signed=signed, expires=expires)
        return Signed(name, document["statement"], statement, document["signature"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ApprovalMissing(f"{name} is no approval: {error}", hint="Make one with: fleet approve FILE.") from error


def signers_of(signature: str, text: str, signers: str) -> list[str]:
    """Return the names under which a signature's key is allowed; none for an unknown key or another text."""
    with TemporaryDirectory() as folder:
        allowed, sent = _written(folder, signers=signers, signature=signature)
        found = _ssh_keygen("find-principals", "-s", str(sent), "-f", str(allowed))
        names = [name.strip() for name in found.stdout.splitlines()] if found.returncode == 0 else []
        return [name for name in names if _verifies(name, allowed, sent, text)]


def is_intact(signature: str, text: str) -> bool:
    """Tell whether a signature is one over `text`, by whatever key."""
    with TemporaryDirectory() as folder:
        (sent,) = _written(folder, signature=signature)
        return _ssh_keygen("check-novalidate", "-n", NAMESPACE, "-s", str(sent), given=text).returncode == 0


def _require_text(*values: object) -> None:
    """Raise ValueError where something is no text that can be written; a role may be nothing."""
    for value in values:
        if value is not None and not isinstance(value, str):
            raise ValueError(f"expected text, found {value!r:.40}")
        (value or "").encode()


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{quoted(text)} does not say in which zone")
    return moment


def _verifies(name: str, allowed: Path, signature: Path, text: str) -> bool:
    arguments = ("-f", str(allowed), "-I", name, "-n", NAMESPACE, "-s", str(signature))
    return _ssh_keygen("verify", *arguments, given=text).returncode == 0


def _written(folder: str, **texts: str) -> Sequence[Path]:
    paths = [Path(folder) / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def _ssh_keygen(action: str, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    command = ["ssh-keygen", "-Y", action, *arguments]
    try:
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except FileNotFoundError as error:
        raise ApprovalMissing("there is no ssh-keygen on this machine", hint="Install OpenSSH's client.") from error
    except subprocess.TimeoutExpired as error:
        raise ApprovalMissing("ssh-keygen did not end; is it asking for a passphrase?") from error
