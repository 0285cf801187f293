"""Users' files in every layout a person may write: blocks and brackets, quotes, comments, blank lines, aliases."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypothesis import strategies as st

#: Whose a line is: nobody's, or of a user's `user` part, its `services` or one `service`, down to an attribute.
Tag = tuple[str, ...]
Fleet = dict[str, dict[str, Any]]
USERS = ("an@x.example", "bert@x.example", "carla@x.example", "dirk@x.example", "zoë@x.example")
LABELS = ("phone", "tablet", "car", "data")
BUNDLES = ("mobile-10", "mobile-25", "data 5", "it's: 20", "0123")
OPTIONS = ("roaming", "extra-10", "a, b", "calls")


@dataclass(slots=True)
class Written:
    """A file: its lines and whose they are, the values in it, and which services share something."""

    lines: list[tuple[Tag, str]]
    fleet: Fleet
    newline: str = "\n"
    bom: str = ""
    ended: bool = True
    shared: set[Tag] = field(default_factory=set)

    @property
    def text(self) -> str:
        """The text of the file."""
        return self.bom + self.newline.join(line for _, line in self.lines) + (self.newline if self.ended else "")


def attributes(random: Random, serial: int) -> dict[str, Any]:
    """Return the attributes a service may have, one value for each."""
    option: Any = random.choice(OPTIONS)
    dated = {"name": random.choice(OPTIONS), "until": "2026-12-31"}
    return {
        "bundle": random.choice([*BUNDLES, {"name": "data-20", "until": "2026-12-31", "then": "data-5"}]),
        "number": f"+3247000{serial:04d}",
        "sim": random.choice([{"type": "esim"}, {"type": "physical", "iccid": "8932050000000000013"}]),
        "options": random.choice([[option], [dated], [option, dated], list(OPTIONS)]),
        "state": random.choice(["active", "blocked"]),
        "from": "2026-01-01",
        "until": "2027-01-01",
        "cost_centre": random.choice(["SALES", "R&D: 1", "007"]),
        "port_in": {"operator": "Other", "account": "12"},
    }


def service(random: Random, serial: int) -> dict[str, Any]:
    """Return a service with some of them."""
    every = attributes(random, serial)
    chosen = {key for key in every if random.random() < 0.35} | {"bundle"}
    keys = [key for key in every if key in chosen]
    if random.random() < 0.2:
        random.shuffle(keys)
    return {key: every[key] for key in keys}


#: A seed: hypothesis' own randomness spends its budget on large files, and a failure prints the file anyway.
RANDOMS = st.integers(0, 2**40).map(Random)
FILES = RANDOMS.map(lambda random: _Writer(random).file())


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.step = random.choice([2, 2, 2, 3, 4])
        self.indentless = random.random() < 0.2
        self.comments = random.choice([0.0, 0.3, 0.6])
        self.flows = random.choice([0.0, 0.2, 0.6])
        self.anchors = random.choice([0.0, 0.0, 0.4])
        self.out = Written([], {})
        self.known: list[tuple[str, Any, str, Tag]] = []

    def chance(self, odds: float) -> bool:
        return self.random.random() < odds

    def line(self, tag: Tag, column: int, text: str) -> None:
        tail = f"{' ' * self.random.choice([1, 2, 9])}# note, {{'x'}}" if self.chance(self.comments / 2) else ""
        self.out.lines.append((tag, " " * column + text + tail))

    def remark(self, tag: Tag, column: int) -> None:
        if self.chance(self.comments):
            self.out.lines.append((tag, " " * column + '# remark: "of" one'))

    def file(self) -> Written:
        random, out = self.random, self.out
        keys = random.sample(USERS, random.randint(1, 4))
        if random.random() < 0.7:
            keys.sort()
        serial = 0
        for key in keys:
            services = {}
            for label in random.sample(LABELS, random.randint(0, 3)):
                serial += 1
                services[label] = service(random, serial)
            if len(services) > 1 and self.chance(self.anchors):
                first, second, *_ = services
                services[second] = {name: value for name, value in services[first].items()}
            facts = {"name": "An O'Neil", "cost_centre": "SALES"} if random.random() < 0.5 else {}
            out.fleet[key] = {**facts, "services": services}
        self.remark((), 0)
        self.line((), 0, random.choice(["users:", '"users":', "users :"]))
        blank = random.random() < 0.3
        for index, (key, user) in enumerate(out.fleet.items()):
            if index and (blank or random.random() < 0.1):
                out.lines.append(((), ""))
            self.user(key, user)
        if self.chance(self.comments):
            out.lines += [((), ""), ((), "# the end")]
        out.newline = random.choice(["\n", "\n", "\r\n"])
        out.bom = random.choice(["", "", "\ufeff"])
        out.ended = random.random() < 0.8
        return out

    def user(self, key: str, user: dict[str, Any]) -> None:
        at = self.step
        if self.chance(self.flows / 4):
            self.line((key, "services", "flow"), at, f"{self.word(key)}: {self.flow('', user)}")
            return
        self.remark((key, "user"), at)
        self.line((key, "user"), at, f"{self.word(key)}:")
        for name in ("name", "cost_centre"):
            if name in user:
                self.line((key, "user"), 2 * at, f"{name}: {self.word(user[name])}")
        services = user["services"]
        if not services or self.chance(self.flows / 2):
            self.line((key, "services", "flow"), 2 * at, f"services: {self.flow('', services)}")
            return
        self.line((key, "services", "block"), 2 * at, "services:")
        for label, held in services.items():
            self.service(key, label, held)

    def service(self, key: str, label: str, held: dict[str, Any]) -> None:
        at, tag, owner = 3 * self.step, (key, "service", label), (key, label)
        self.remark((*tag, "*"), at)
        alias = self.alias("service", held, owner)
        if alias or self.chance(self.flows):
            self.line((*tag, "*"), at, f"{label}: {alias or self.flow('', held)}")
            return
        self.line((*tag, ""), at, f"{label}: {self.anchor('service', held, owner)}".rstrip())
        for name, value in held.items():
            self.attribute(name, value, owner)
        if self.chance(self.comments / 3):
            self.out.lines.append(((*tag, ""), " " * (at + 1) + "# below"))

    def attribute(self, name: str, value: Any, owner: Tag) -> None:
        at, tag = 4 * self.step, (owner[0], "service", owner[1], name)
        if self.chance(0.2):
            self.remark(tag, at)
        alias = self.alias(name, value, owner)
        anchor = "" if alias else self.anchor(name, value, owner)
        if alias or not isinstance(value, dict | list) or self.chance(max(self.flows, 0.4)):
            self.line(tag, at, f"{name}: {anchor}{alias or self.flow(name, value, inner=False)}")
            return
        self.line(tag, at, f"{name}: {anchor}".rstrip())
        if isinstance(value, dict):
            for inner, word in value.items():
                self.line(tag, at + self.step, f"{inner}: {self.flow(inner, word, inner=False)}")
            return
        column = at if self.indentless else at + self.step
        for item in value:
            if isinstance(item, str) or self.chance(0.4):
                self.line(tag, column, f"- {self.flow(name, item, inner=False)}")
                continue
            for index, (inner, word) in enumerate(item.items()):
                self.line(tag, column, f"{'  ' if index else '- '}{inner}: {self.flow(inner, word, inner=False)}")

    def anchor(self, kind: str, value: Any, owner: Tag) -> str:
        if not self.chance(self.anchors):
            return ""
        name = f"a{len(self.known)}"
        self.known.append((kind, value, name, owner))
        return f"&{name} "

    def alias(self, kind: str, value: Any, owner: Tag) -> str:
        for known, shared, name, first in self.known:
            if (known, shared) == (kind, value) and first != owner and self.chance(0.8):
                self.out.shared |= {owner, first}
                return f"*{name}"
        return ""

    def flow(self, key: str, value: Any, *, inner: bool = True) -> str:
        pad = self.random.choice(["", "", " "])
        if isinstance(value, dict):
            pairs = ", ".join(f"{self.word(name, inner=True)}: {self.flow(name, held)}" for name, held in value.items())
            return f"{{{pad}{pairs}{pad}}}" if pairs else "{}"
        if isinstance(value, list):
            return f"[{pad}{', '.join(self.flow(key, item) for item in value)}{pad}]"
        return self.word(value, inner=inner, quotes=key in ("number", "iccid"))

    def word(self, text: str, *, inner: bool = False, quotes: bool = False) -> str:
        forms = [f'"{text}"', "'" + text.replace("'", "''") + "'"]
        if not quotes and ": " not in text and not text.isdecimal() and not (inner and "," in text):
            forms += [text] * 4
        return self.random.choice(forms)
