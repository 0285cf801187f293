"""Users' files in every way in which YAML can be written, right ones and wrong ones, from a source of randomness."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

USERS = (
    "an.peeters@brouwerij.example", "AN.PEETERS@brouwerij.example", "jan", "o'brien@x.be", "zoë@x.be", "1", "0x1F",
    "null", "phone", "#x@x.be", 'a"b', "services", "users", "bundle", "no", "-x", "a:b", "x" * 1001, "x" * 1030, "a b",
)  # fmt: skip
LABELS = (
    "phone", "tablet", "bundle", "services", "1", "no", "2026-12-31", "0123", "options", "a.b", "x" * 1010, "null",
)  # fmt: skip
#: Words that parsers, versions of YAML and people take for different things.
WORDS = (
    "An Peeters", "R&D", "O'Brien", "Zoë", "5\" tall", "'t Hof", "a: b", "a #b", "a#b", "#b", "- a", "-a", "?a", "? a",
    "a, b", "[a]", "{a}", "a]", "@a", "%a", "&a", "yes", "no", "on", "~", "null", "NULL", "true", "1", "-5", "0123",
    "1_000", "0o17", "0x1F", "1e3", ".5", "5.", "+5", "12:30", "2026-12-31", ".inf", "=", "", " ", " a ", "a  b", "<<",
    "an@x.be:", "an@x.be: {services: {}}", "users:", "---", "...", "a\u00a0b", "\u3000a", "a\u2028b", "a\x85b", "é" * 30,
    "a\\b", "a\tb", "a\x07b", "😀", "12345678901234567890", "9" * 5000, "x" * 1100, "::", ":", "-", "!a", "!!str a",
)  # fmt: skip
GOOD = ("An Peeters", "SALES", "R&D", "O'Brien", "Zoë D'Hondt", "2026-12-31", "mobile-10", "12:30", "x. y. (jr.)")
NUMBERS = ("+32470123456", "+32470123457", "+31612345678", "0470123456", "+32", "32470123456")
ICCIDS = ("8932050000000000013", "8932050000000000014", "89320500000000000126", "8932")
EIDS = ("89034011560010000000000000000121", "89001012012341234012345678901224", "89001012012341234012345678901225")
DAYS = ("2026-11-01", "2026-12-31", "2026-10-31", "2026-1-1", "2026-02-30")
SPOILS = (
    "'", '"', "[", "]", "{", "}", ",", ":", ": ", "#", " #", "- ", "? ", "\n", "\r", "\r\n", " ", "  ", "\t", "&a ", "*a",
    "!x ", "| ", ">-\n", "---\n", "...\n", "%YAML 1.2\n", "%", "<<: ", "\ufeff", "\u2028", "\x85", "\x00", "\x07", "\\",
    " " * 1030, "\u00a0", "~", "@", "`", "=", "\n  ", "\n    ", "\ufffe", "\u200b", "é",
)  # fmt: skip


def users_file(random: Random, *, tidy: float = 0.8) -> str:
    """Return the text of a file; one that is tidy has only values that are allowed, in whichever way of writing."""
    return _Writer(random, tidy=random.random() < tidy).file()


def spoilt(random: Random, text: str) -> str:
    """Return a text with some pieces put in, taken out and doubled."""
    for _ in range(random.randint(1, 3)):
        at = random.randint(0, len(text))
        end = min(len(text), at + random.choice((0, 0, 1, 2, 30)))
        text = text[:at] + random.choice((*SPOILS, "", text[at:end] * 2)) + text[end:]
    return text


class _Writer:
    """Writes one file, in a manner that it keeps to for the most part."""

    def __init__(self, random: Random, *, tidy: bool) -> None:
        self._random = random
        self._tidy = tidy
        self._step = random.choice((2, 2, 2, 1, 4, 7))
        self._oddity = random.choice((0.0, 0.01, 0.03, 0.3))
        self._flow = random.choice((0.0, 0.2, 0.6))

    def file(self) -> str:
        head = self._pick(
            "", "", "# a comment\n", "---\n", "--- # x\n", "%YAML 1.2\n---\n", "\n\n", '# "users:\n', "#\n---\n"
        )
        users = [
            (self._pick(*USERS[: 5 if self._tidy else None]), self._user()) for _ in range(self._random.randint(0, 4))
        ]
        text = head + self._mapping([("users", users)], -self._step) + self._pick("", "", "", "...\n", "# end", "---\n")
        if self._odd():
            text = "\ufeff" + text
        return text.replace("\n", "\r\n") if self._odd() else text

    def _user(self) -> object:
        parts: list[tuple[str, object]] = [("services", self._services())]
        for name in ("name", "cost_centre", "reason"):
            if self._random.random() < 0.3:
                parts.append((name, self._text()))
        return self._whole(parts)

    def _services(self) -> object:
        count = self._random.choice((0, 1, 1, 2, 3))
        return [(self._pick(*LABELS[: 5 if self._tidy else None]), self._service()) for _ in range(count)]

    def _service(self) -> object:
        parts: list[tuple[str, object]] = [
            ("bundle", self._pick("mobile-10", "data-20", [("name", "a"), ("until", "2026-12-31"), ("then", "b")]))
        ]
        extras: Sequence[tuple[str, object]] = (
            ("number", self._one_of(NUMBERS, 3)),
            ("sim", [("type", self._pick("esim", "physical")), ("iccid", self._one_of(ICCIDS, 3))]),
            ("sim", [("eid", self._one_of(EIDS, 2))]),
            ("options", ["roaming", "calls", [("name", "ip"), ("until", self._one_of(DAYS, 2))]]),
            ("options", []),
            ("state", self._pick("active", "blocked")),
            ("from", self._one_of(DAYS, 1)),
            ("until", "2026-12-31"),
            ("cost_centre", self._text()),
            ("profile", "p"),
            ("activation", "email"),
            ("port_in", [("operator", self._text()), ("account", "1a")]),
            ("reason", None),
        )
        names = {"bundle"}
        for name, value in self._random.sample(extras, self._random.randint(0, 4)):
            if name not in names or not self._tidy:
                names.add(name)
                parts.append((name, value))
        return self._whole(parts)

    def _whole(self, parts: list[tuple[str, object]]) -> object:
        """Return a mapping, shuffled; rarely with something that is not allowed there."""
        self._random.shuffle(parts)
        if not self._tidy and self._random.random() < 0.05:
            parts.append((self._pick(*WORDS), self._pick(None, "a", [], parts[:1])))
        return parts if self._tidy or self._random.random() > 0.02 else self._pick(None, "a", ["a", "b"], [[["a"]]])

    def _text(self) -> str | None:
        return self._pick(*GOOD) if self._tidy or self._random.random() < 0.5 else self._pick(None, *WORDS)

    def _one_of(self, values: Sequence[str], good: int) -> str:
        return self._pick(*values[: good if self._tidy or self._random.random() < 0.9 else None])

    def _node(self, value: object, indent: int) -> str:
        """Return a value as it stands behind a key, down to the end of its last line."""
        if isinstance(value, list):
            if not value or self._random.random() < self._flow:
                return self._gap() + self._flow_of(value, indent + self._step) + self._end()
            lines = self._mapping(value, indent) if isinstance(value[0], tuple) else self._sequence(value, indent)
            return (self._pick(" &x", " ") if self._odd() else "") + self._end() + lines
        return self._leaf(value, indent + self._step)

    def _mapping(self, pairs: list[tuple[str, object]], indent: int) -> str:
        indent += self._step
        lines = ""
        for key, value in pairs:
            lines += self._comment(indent)
            if self._odd() and self._odd():
                lines += f"{' ' * indent}? {self._scalar(key, flow=False)}\n{' ' * indent}:{self._node(value, indent)}"
            else:
                blank = " " * self._random.choice((1, 3, 1030)) if self._odd() else ""
                lines += f"{' ' * indent}{self._scalar(key, flow=False)}{blank}:{self._node(value, indent)}"
        return lines

    def _sequence(self, items: list[object], indent: int) -> str:
        indent += self._random.choice((0, self._step))
        lines = ""
        for item in items:
            block = isinstance(item, list) and item and isinstance(item[0], tuple) and self._random.random() < 0.5
            if block and isinstance(item, list):
                lines += f"{' ' * indent}- {self._mapping(item, indent + 2 - self._step).lstrip(' ')}"
            else:
                lines += f"{' ' * indent}-{self._node(item, indent)}"
        return lines

    def _flow_of(self, value: object, indent: int) -> str:
        if not isinstance(value, list):
            return "" if value is None else self._scalar(str(value), flow=True)
        comma = self._pick(", ", ",", f",\n{' ' * indent}", " , ") if self._odd() else ", "
        inner = comma.join(
            f"{self._scalar(item[0], flow=True)}:{self._gap()}{self._flow_of(item[1], indent)}"
            if isinstance(item, tuple)
            else self._flow_of(item, indent)
            for item in value
        )
        inner += self._pick(",", f"\n{' ' * indent}", " # x\n" + " " * indent) if self._odd() else ""
        mapping = (not value and self._random.random() < 0.7) or (value and isinstance(value[0], tuple))
        return f"{{{inner}}}" if mapping else f"[{inner}]"

    def _leaf(self, value: object, indent: int) -> str:
        if value is None:
            return self._pick("", " ", " ~", " null") + self._end()
        text = str(value)
        if self._odd():
            head = self._pick("|", ">", ">-", "|-", ">+", "|2")
            return f" {head}\n" + "".join(f"{' ' * indent}{word}\n" for word in text.split(" "))
        shown = self._scalar(text, flow=False)
        if self._odd():
            at = self._random.choice((0, indent, indent, indent + 1, indent - self._step))
            shown = shown.replace(" ", "\n" + " " * max(at, 0), 1)
        return self._gap() + (f"\n{' ' * indent}" if self._odd() else "") + shown + self._end()

    def _scalar(self, text: str, *, flow: bool) -> str:
        style = self._random.random()
        if style < 0.5 and not (self._tidy and self._needs_quotes(text, flow=flow)):
            return text
        if style < 0.75:
            return "'" + text.replace("'", "''") + "'"
        shown = text.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + (shown.replace("a", "\\x61", 1) if self._odd() else shown) + '"'

    def _needs_quotes(self, text: str, *, flow: bool) -> bool:
        risky = text[:1] in " #-?:,[]{}&*!|>'\"%@`" or text[-1:] in " :" or ": " in text or " #" in text
        return risky or text[:1] in "+.0123456789~nNtTfF" or (flow and any(letter in text for letter in ",[]{}"))

    def _gap(self) -> str:
        return self._pick("  ", "\t", " &x ", "", " !x ") if self._odd() else " "

    def _end(self) -> str:
        return (
            self._pick("  \n", " # x\n", " # don't\n", '  # "\n', "\n\n", "\n# x: y\n", "\t\n", "\n\n   \n")
            if self._odd()
            else "\n"
        )

    def _comment(self, indent: int) -> str:
        words = self._pick(
            "x", "an.peeters@brouwerij.example:", "'", '"', "users:", "{", "\u2028", "jan: {services: {}}"
        )
        return f"{' ' * self._pick(0, indent, 1)}#{self._pick('', ' ')}{words}\n" if self._odd() else ""

    def _odd(self) -> bool:
        return self._random.random() < self._oddity

    def _pick(self, *items: Any) -> Any:
        return self._random.choice(items)
