"""Signed statements: made and verified by OpenSSH's `ssh-keygen -Y`, under the namespace `fleet-plan`.

An approval is a file with a statement (which plan, in which words, of which organisation, who, as what, until when) and
the signature over exactly its text. Who may sign is a file in OpenSSH's format of allowed signers, of which only what
was understood is handed on to OpenSSH (`model.signers`).
"""

from __future__ import annotations

import hashlib
import json
import struct
import subprocess
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from reconciler.errors import ApprovalMissing, quoted
from reconciler.files import open_given
from reconciler.model.signers import Signer

NAMESPACE = "fleet-plan"
_FORMAT = 2
#: The statements that covered what a plan does, and not what it shows nor where its orders go.
_OLD_FORMAT = 1
_SECONDS = 120
_MAGIC = b"SSHSIG"


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody signs: this plan in these words (`checksum`) of this organisation, in this role, until then."""

    digest: str
    checksum: str
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
            "checksum": self.checksum,
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
        _require_key(key)
        done = _ssh_keygen("sign", "-f", str(key), "-n", NAMESPACE, str(message))
        if done.returncode:
            reasons = done.stderr.strip().splitlines() or ["ssh-keygen gives no reason"]
            raise ApprovalMissing(f"the plan was not signed: {reasons[-1]}")
        signature = message.with_suffix(".sig").read_text(encoding="utf-8")
    return Signed("", statement.text(), statement, signature)


def read(text: str, *, name: str) -> Signed:
    """Return the approval in `text`, which anybody may have written; ApprovalMissing where it is none."""
    try:
        document = json.loads(text)
        facts = json.loads(document["statement"])
        version = facts.pop("format")
        if version == _OLD_FORMAT:
            message = f"{name} was signed by an older version of fleet, which did not sign what the plan shows"
            raise ApprovalMissing(message, hint="Plan again and have that plan approved: fleet plan -o FILE.")
        if version != _FORMAT:
            raise ValueError("it is of a later version")
        _require_text(document["statement"], document["signature"], *facts.values())
        signed, expires = (_instant(facts.pop(each)) for each in ("signed", "expires"))
        statement = Statement(**facts, signed=signed, expires=expires)
        return Signed(name, document["statement"], statement, document["signature"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ApprovalMissing(f"{name} is no approval: {error}", hint="Make one with: fleet approve FILE.") from error


def signers_of(signature: str, text: str, signers: Sequence[Signer]) -> list[str]:
    """Return the names under which a signature's key is allowed; none for an unknown key or another text."""
    key = _key_of(signature)
    lines = [signer for signer in signers if signer.blob == key]
    with TemporaryDirectory() as folder:
        allowed, sent = _written(folder, signers="".join(line.text() for line in lines), signature=signature)
        names = dict.fromkeys(name for line in lines for name in line.names)
        return [name for name in names if _verifies(name, allowed, sent, text)]


def _key_of(signature: str) -> bytes | None:
    """Return the public key in an armoured signature (OpenSSH's PROTOCOL.sshsig), None where there is none."""
    lines = [line for line in signature.split("\n") if not line.startswith("-----")]
    try:
        raw = b64decode("".join(lines))
        (size,) = struct.unpack(">I", raw[len(_MAGIC) + 4 : len(_MAGIC) + 8])
    except (ValueError, struct.error):
        return None
    start = len(_MAGIC) + 8
    return raw[start : start + size] if raw.startswith(_MAGIC) else None


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


def _require_key(key: Path) -> None:
    """Raise ApprovalMissing for a key that is no regular file: ssh-keygen would wait for a pipe."""
    try:
        open_given(key).close()
    except OSError as error:
        message = f"the key {key} cannot be used: {error.strerror}"
        raise ApprovalMissing(message, hint="Name a private SSH key with --key.") from error


def _ssh_keygen(action: str, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    command = ["ssh-keygen", "-Y", action, *arguments]
    try:
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except FileNotFoundError as error:
        raise ApprovalMissing("there is no ssh-keygen on this machine", hint="Install OpenSSH's client.") from error
    except subprocess.TimeoutExpired as error:
        raise ApprovalMissing("ssh-keygen did not end; is it asking for a passphrase?") from error
