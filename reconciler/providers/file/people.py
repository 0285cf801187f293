"""The users of an export, by the key the fleet's files use."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.errors import quoted
from reconciler.model.identifiers import user_flaw, user_key
from reconciler.model.snapshot import LiveUser
from reconciler.providers.file.reading import Entry, Trouble


def people(entries: Iterable[Entry], trouble: Trouble) -> dict[str, LiveUser]:
    """Return users by the operator's id of them (their key, where the export has no id); twins are told."""
    found: dict[str, LiveUser] = {}
    rows: dict[str, int] = {}
    for entry in entries:
        texts = entry.texts
        key = user_key(texts.get("user", ""))
        if not key:
            trouble.add(entry.row, "user", "there is no user in it")
            continue
        flaw = user_flaw(key)
        if flaw:
            trouble.add(entry.row, "user", flaw.message)
            continue
        identity = texts.get("id") or key
        for what, word in (("user", key), ("id", identity)):
            first = rows.setdefault(f"{what} {word}", entry.row)
            if first != entry.row:
                trouble.add(
                    entry.row, what, f"{quoted(word)} is the {what} of row {first} too; each user has one of their own"
                )
                break
        else:
            found[identity] = LiveUser(key, identity, _name(entry) or key, texts.get("cost_centre"))
    return found


def _name(entry: Entry) -> str:
    texts = entry.texts
    return texts.get("name") or f"{texts.get('given_name', '')} {texts.get('family_name', '')}".strip()
