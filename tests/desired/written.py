"""Users' files in every way in which YAML can be written, right ones and wrong ones, from a source of randomness."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

USERS = (
    "an.peeters@brouwerij.example", "bundle", "jan", "o'brien@x.be", "zoë@x.be", "AN.PEETERS@brouwerij.example",
    "1", "0x1F", "null", "phone", "#x@x.be", 'a"b', "services", "users", "no", "-x", "a:b", "x" * 1001,
    "x" * 1030, "a b",
)  # fmt: skip
LABELS = (
    "phone", "tablet", "bundle", "services", "1", "no", "2026-12-31", "0123", "options", "a.b", "x" * 1010, "null",
)  # fmt: skip
#: Words that parsers, versions of YAML and people take for different things.
WORDS = (
    "An Peeters", "R&D", "O'Brien", "Zoë", "5\" tall", "'t Hof", "a: b", "a #b", "a#b", "#b", "- a", "-a", "?a", "? a",
    "a, b", "[a]", "{a}", "a]", "@a", "%a", "&a", "yes", "no", "on", "~", "null", "NULL", "true", "1", "-5", "0123",
    "1_000", "0o17", "0x1F", "1e3", ".5", "5.", "+5", "12:30", "2026-12-31", ".inf", "=", "", " ", " a ", "a  b", "<<",
    "an@x.be:", "an@x.be: {services: {}}", "users:", "---", "...", "a\u00a0b", "\u3000a", "a\u2028b", "a\x85b",
    "é" * 30, "a\\b", "a\tb", "a\x07b", "😀", "12345678901234567890", "9" * 5000, "x" * 1100, "::", ":", "-",
    "!a", "!!str a",
)  # fmt: skip
GOOD = ("An Peeters", "SALES", "R&D", "O'Brien", "Zoë D'Hondt", "2026-12-31", "mobile-10", "12:30", "x. y. (jr.)")
NUMBERS = ("+32470123456", "+32470123457", "+31612345678", "0470123456", "+32", "32470123456")
ICCIDS = ("8932050000000000013", "8932050000000000014", "89320500000000000126", "8932")
EIDS = ("89034011560010000000000000000121", "89001012012341234012345678901224", "89001012012341234012345678901225")
DAYS = ("2026-11-01", "2026-12-31", "2026-10-31", "2026-1-1", "2026-02-30")
SPOILS = (
    "'", '"', "[", "]", "{", "}", ",", ":", ": ", "#", " #", "- ", "? ", "\n", "\r", "\r\n", " ", "  ", "\t",
    "&a ", "*a", "!x ", "| ", ">-\n", "---\n", "...\n", "%YAML 1.2\n", "%", "<<: ", "\ufeff", "\u2028", "\x85", "\x00",
    "\x07", "\\", " " * 1030, "\u00a0", "~", "@", "`", "=", "\n  ", "\n    ", "\ufffe", "\u200b", "é",
)  # fmt: skip


def users_file(random: Random, *, tidy: float = 0.8) -> str:
    """Return the text of a file; one that is tidy has only values that are allowed, in whichever way of writing."""
    return _Writer(random, tidy=random.random() < tidy).file()


def users_file_or_spoilt(random: Random) -> str:
    """Return the text of a file, about every second time with something put in or taken out."""
    text = users_file(random)
    return spoilt(random, text) if random.random() < 0.5 else text


def spoilt(random: Random, text: str) -> str:
    """Return a text with some pieces put in, taken out and doubled."""
    for _ in range(random.randint(1, 3)):
        at = random.randint(0, len(text))
        end = min(len(text), at + random.choice((0, 0, 1, 2, 30)))
        text = text[:at] + random.choice((*SPOILS, "", text[at:end] * 2)) + text[end:]
    return text


class _Writer:
    """Writes one file, in a manner that it mostly keeps to; a tidy one has nothing in it that is not allowed."""

    def __init__(self, random: Random, *, tidy: bool) -> None:
        self._random = random
        self._tidy = tidy
        self._step = random.choice((2, 2, 2, 1, 4, 7))
        self._oddity = random.choice((0.0, 0.01, 0.05, 0.2))
        self._flow = random.choice((0.0, 0.0, 0.2, 0.6))

    def file(self) -> str:
        heads = (
            "",
            "",
            "# a comment\n",
            "---\n",
            "--- # x\n",
            "%YAML 1.2\n---\n",
            "\n\n",
            '# "users:\n',
            "#\n---\n# '\n",
        )
        users = {name: self._user() for name in self._some(USERS[:5], USERS)}
        text: str = self._pick(*heads) + self._mapping({"users": users}, -self._step)
        text += self._pick("...\n", "# end", "\n \n", *self._wild("---\n", "x")) if self._odd() else ""
        text = "\ufeff" + text if self._odd() else text
        return text.replace("\n", "\r\n") if self._odd() else text

    def _user(self) -> Any:
        names = self._random.sample(("name", "cost_centre", "reason"), self._random.choice((0, 1, 1, 2)))
        services = {label: self._service() for label in self._some(LABELS[:7], LABELS)}
        return self._shuffled({"services": services, **{name: self._text() for name in names}})

    def _service(self) -> Any:
        extras = {
            "number": self._one_of(NUMBERS, 3),
            "sim": self._pick(
                {"type": self._pick("esim", "physical"), "iccid": self._one_of(ICCIDS, 3)},
                {"eid": self._one_of(EIDS, 2), "type": None},
                {},
            ),
            "options": self._pick(["roaming", "calls", {"name": "ip", "until": self._one_of(DAYS, 2)}], ["a"], []),
            "state": self._pick("active", "blocked"),
            "from": self._one_of(DAYS, 1),
            "until": "2026-12-31",
            "cost_centre": self._text(),
            "profile": "p",
            "activation": "email",
            "port_in": {"operator": self._text() or "x", "account": "1a"},
            "reason": None,
        }
        names = self._random.sample(sorted(extras), self._random.randint(0, 5))
        bundle = self._pick("mobile-10", "data-20", {"name": "a", "until": "2026-12-31", "then": "b"})
        return self._shuffled({"bundle": bundle, **{name: extras[name] for name in names}})

    def _shuffled(self, parts: dict[str, Any]) -> Any:
        """Return a mapping in another order; rarely with something that is not allowed there, or something else."""
        names = self._random.sample(list(parts), len(parts))
        shuffled = {name: parts[name] for name in names}
        if not self._tidy and self._random.random() < 0.1:
            return self._pick(
                None, "a", ["a", "b"], [[["a"]]], shuffled | {self._pick(*WORDS): self._pick(None, "a", [])}
            )
        return shuffled

    def _some(self, good: Sequence[str], all_of_them: Sequence[str]) -> list[str]:
        return self._random.sample(good if self._tidy else all_of_them, self._random.choice((0, 1, 1, 2, 3)))

    def _text(self) -> str | None:
        text: str | None = self._pick(*GOOD, *self._wild(None, *WORDS))
        return text

    def _one_of(self, values: Sequence[str], good: int) -> str:
        return self._random.choice(values[: good if self._tidy or self._random.random() < 0.9 else None])

    def _node(self, value: Any, indent: int) -> str:
        """Return a value as it stands behind a key, down to the end of its last line."""
        if not isinstance(value, dict | list):
            return self._leaf(value, indent + self._step)
        if not value or self._random.random() < self._flow:
            return self._gap() + self._flow_of(value, indent + self._step) + self._end()
        lines = self._mapping(value, indent) if isinstance(value, dict) else self._sequence(value, indent)
        return (" &x" if self._odd() else "") + self._end() + lines

    def _mapping(self, pairs: dict[str, Any], indent: int) -> str:
        indent += self._step
        return "".join(self._pair(key, value, indent) for key, value in pairs.items())

    def _pair(self, key: str, value: Any, indent: int) -> str:
        shown, blanks = self._scalar(key, flow=False), " " * indent
        if self._odd() and self._random.random() < 0.3:
            pair = f"{blanks}? {shown}\n{blanks}:{self._node(value, indent)}"
        else:
            before_colon = self._pick(" ", "   ", *self._wild(" " * 1030)) if self._odd() else ""
            pair = f"{blanks}{shown}{before_colon}:{self._node(value, indent)}"
        return self._comment(indent) + (pair * 2 if self._wild() and self._odd() else pair)

    def _sequence(self, items: list[Any], indent: int) -> str:
        indent += self._pick(0, self._step)
        lines = ""
        for item in items:
            if isinstance(item, dict) and self._pick(True, False):
                lines += f"{' ' * indent}- {self._mapping(item, indent + 2 - self._step).lstrip(' ')}"
            else:
                lines += f"{' ' * indent}-{self._node(item, indent)}"
        return lines

    def _flow_of(self, value: Any, indent: int) -> str:
        if not isinstance(value, dict | list):
            return "" if value is None else self._scalar(str(value), flow=True)
        comma = self._pick(",", f",\n{' ' * indent}", " , ") if self._odd() else ", "
        last = self._pick(",", f"\n{' ' * indent}", f" # x\n{' ' * indent}") if value and self._odd() else ""
        if isinstance(value, list):
            return f"[{comma.join(self._flow_of(item, indent) for item in value)}{last}]"
        pairs = (
            f"{self._scalar(key, flow=True)}:{self._gap()}{self._flow_of(each, indent)}" for key, each in value.items()
        )
        return f"{{{comma.join(pairs)}{last}}}"

    def _leaf(self, value: str | None, indent: int) -> str:
        if value is None:
            return self._random.choice(("", " ", " ~", " null")) + self._end()
        if self._odd():
            head = self._pick(">-", "|-", *self._wild("|", ">", ">+", "|2"))
            return f" {head}\n" + "".join(f"{' ' * indent}{word}\n" for word in value.split(" "))
        shown = self._scalar(value, flow=False)
        if self._odd():
            at = self._pick(indent, indent + 1, *self._wild(0, max(indent - self._step, 0)))
            shown = shown.replace(" ", "\n" + " " * at, 1)
        return self._gap() + (f"\n{' ' * indent}" if self._odd() else "") + shown + self._end()

    def _scalar(self, text: str, *, flow: bool) -> str:
        style = self._random.random()
        if style < 0.5 and not (self._tidy and _needs_quotes(text, flow=flow)):
            return text
        if style < 0.75:
            return "'" + text.replace("'", "''") + "'"
        shown = text.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + (shown.replace("a", "\\x61", 1) if self._odd() else shown) + '"'

    def _gap(self) -> str:
        return self._pick("  ", "\t", " &x ", *self._wild("", " !x ", " *x ")) if self._odd() else " "

    def _end(self) -> str:
        ends = ("  \n", " # x\n", " # don't\n", '  # "\n', "\n\n", "\n# x: y\n", "\t\n", "\n\n   \n")
        return self._pick(*ends) if self._odd() else "\n"

    def _comment(self, indent: int) -> str:
        words = (
            "x",
            "an.peeters@brouwerij.example:",
            "'",
            '"',
            "users:",
            "{",
            "jan: {services: {}}",
            *self._wild("\u2028"),
        )
        return f"{' ' * self._pick(0, indent, 1)}#{self._pick('', ' ')}{self._pick(*words)}\n" if self._odd() else ""

    def _odd(self) -> bool:
        return self._random.random() < self._oddity

    def _wild(self, *items: Any) -> Sequence[Any]:
        """Return what only a file may have that is not tidy."""
        return () if self._tidy else items or (True,)

    def _pick(self, *items: Any) -> Any:
        return self._random.choice(items)


def _needs_quotes(text: str, *, flow: bool) -> bool:
    risky = text[:1] in " #-?:,[]{}&*!|>'\"%@`+.0123456789~nNtTfF" or text[-1:] in " :" or ": " in text or " #" in text
    return risky or (flow and any(letter in text for letter in ",[]{}"))
