"""Users' files with a comment in every position a person may put one, each with a number of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from reconciler.desired.yaml import parse
from tests.properties.texts import LABELS, USERS, Fleet, Tag, service


@dataclass(slots=True)
class Commented:
    """A file: its text, the values in it, and which services share something by an alias."""

    text: str
    fleet: Fleet
    shared: set[Tag] = field(default_factory=set)


def commented(random: Random, *, users: int = 4, first: int = 1, askew: bool = True) -> Commented:
    """Return a file of up to so many users, its comments numbered from `first`, some of them `askew`."""
    writer = _Writer(random)
    writer.count, writer.askew = first - 1, askew
    fleet = writer.fleet(users)
    writer.remarks(0, free=True)
    writer.entry(0, "users", fleet, ())
    if writer.chance(0.5):
        writer.lines += ["", writer.comment()]
    newline = random.choice(["\n", "\n", "\r\n", "\r"])
    end = newline if random.random() < 0.8 else ""
    text = random.choice(["", "", "\ufeff"]) + newline.join("\n".join(writer.lines).split("\n")) + end
    read = parse(text.removeprefix("\ufeff"), "")
    assert not read.problems, (read.problems, text)
    assert read.value == {"users": fleet}, (text, read.value, fleet)
    return Commented(text, fleet, writer.shared)


class _Writer:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.step = random.choice([2, 2, 2, 3, 4])
        self.odds = random.choice([0.0, 0.15, 0.4])
        self.flows = random.choice([0.1, 0.4, 0.8])
        self.anchors = random.choice([0.0, 0.0, 0.3])
        self.lines: list[str] = []
        self.count = 0
        self.askew = True
        self.known: list[tuple[Any, str, Tag]] = []
        self.shared: set[Tag] = set()

    def chance(self, odds: float) -> bool:
        return self.random.random() < odds

    def fleet(self, users: int) -> Fleet:
        random, fleet, serial = self.random, Fleet(), 0
        keys = random.sample(USERS, random.randint(1, users))
        for key in sorted(keys) if random.random() < 0.7 else keys:
            services = {}
            for label in random.sample(LABELS, random.randint(0, 4)):
                serial += 1
                services[label] = service(random, serial)
                if self.chance(0.15):
                    services[label]["reason"] = random.choice(["why, not", "because of it"])
            if len(services) > 1 and self.chance(self.anchors):
                first, second, *_ = services
                services[second] = dict(services[first])
            facts = {"name": "An O'Neil", "cost_centre": "SALES"} if random.random() < 0.5 else {}
            fleet[key] = {**facts, "services": services}
        return fleet

    def comment(self) -> str:
        self.count += 1
        return self.random.choice(["# c{}", "#c{}", "# c{} {{x: 'y', ]", '# c{}: "', "# c{} # twice"]).format(
            self.count
        )

    def tail(self, odds: float = 1.0) -> str:
        """Return a comment behind something, or nothing."""
        return " " * self.random.choice([1, 2, 7]) + self.comment() if self.chance(self.odds * odds) else ""

    def remarks(self, column: int, *, free: bool = False) -> None:
        """Write comments on lines of their own: right above what comes, apart from it, or askew."""
        if free and self.chance(self.odds / 2):
            self.lines += [" " * column + self.comment(), ""]
        elif self.chance(self.odds / 6):
            self.lines.append("")
        if self.askew and self.chance(self.odds / 8):
            askew = self.random.choice([0, column + 1, column + 3, max(column - 1, 0)])
            self.lines.append(" " * askew + self.comment())
        while self.chance(self.odds / 2):
            self.lines.append(" " * column + self.comment())

    def entry(self, column: int, key: str, value: Any, path: Tag, dash: str = "") -> None:
        """Write a key and its value in a block."""
        lead, inner, word = " " * column + dash, (*path, key), self.word(key)
        alias = self.alias(value, inner)
        mark = "" if alias else self.anchor(value, inner)
        colon = self.random.choice([":", ":", ":", " :"]) if not dash else ":"
        if alias:
            self.lines.append(f"{lead}{word}: {alias}{self.tail()}")
        elif not isinstance(value, dict | list):
            self.scalar(f"{lead}{word}{colon} {mark}", key, value, column + len(dash))
        elif not value or (path and self.chance(self.flows)):
            self.brackets(f"{lead}{word}{colon} {mark}", value, column + len(dash), inner)
        elif isinstance(value, dict):
            self.lines.append(f"{lead}{word}{colon} {mark}".rstrip() + self.tail())
            self.block(column + len(dash) + self.step, value, inner)
        else:
            self.lines.append(f"{lead}{word}{colon} {mark}".rstrip() + self.tail())
            self.items(column + len(dash) + self.random.choice([0, self.step]), value, inner)

    def scalar(self, lead: str, key: str, value: str, column: int) -> None:
        if key == "reason" and " " in value and self.chance(0.6):
            self.lines.append(f"{lead}>-{self.tail()}")
            words = value.split(" ", 1) if "," in value else value.split(" ")
            self.lines += [" " * (column + self.step) + word for word in words]
            return
        self.lines.append(f"{lead}{self.word(value, figure=key in ('number', 'iccid'))}{self.tail()}")

    def block(self, column: int, value: dict[str, Any], path: Tag) -> None:
        for key, inner in value.items():
            self.remarks(column, free=len(path) in (1, 3))
            self.entry(column, key, inner, path)
        if self.chance(self.odds / 3):
            self.lines.append(" " * (column + self.random.choice([0, 0, self.askew])) + self.comment())

    def items(self, column: int, value: list[Any], path: Tag) -> None:
        for item in value:
            self.remarks(column)
            if isinstance(item, str):
                self.lines.append(f"{' ' * column}- {self.word(item)}{self.tail()}")
                continue
            for index, (key, inner) in enumerate(item.items()):
                if index:
                    self.entry(column + 2, key, inner, (*path, "-"))
                else:
                    self.entry(column, key, inner, (*path, "-"), dash="- ")

    def brackets(self, lead: str, value: Any, column: int, path: Tag) -> None:
        """Write a key and its value between brackets, on one line or on several."""
        text = self.flow(value, column, path, self.chance(0.6))
        self.lines += (lead + text + self.tail()).split("\n")

    def flow(self, value: Any, column: int, path: Tag, tall: bool, key: str = "") -> str:
        if not isinstance(value, dict | list):
            return self.word(value, inner=True, figure=key in ("number", "iccid"))
        opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
        pairs = value.items() if isinstance(value, dict) else [("", item) for item in value]
        texts = [self.pair(name, inner, column, path, tall) for name, inner in pairs]
        if not tall:
            pad = self.random.choice(["", "", " "])
            end = self.random.choice([",", ", "]) if texts and self.chance(0.15) else ""
            return f"{opening}{pad}{', '.join(texts)}{end}{pad}{closing}" if texts else opening + closing
        return self.tall(texts, column, opening, closing)

    def pair(self, name: str, inner: Any, column: int, path: Tag, tall: bool) -> str:
        within = (*path, name or "-")
        alias = self.alias(inner, within)
        mark = "" if alias else self.anchor(inner, within)
        text = alias or mark + self.flow(inner, column + self.step, within, tall and self.chance(0.4), name)
        return f"{self.word(name, inner=True)}: {text}" if name else text

    def tall(self, texts: list[str], column: int, opening: str, closing: str) -> str:
        """Return a collection on several lines."""
        margin, comma_first = " " * (column + self.step), self.chance(0.15)
        out = opening + self.random.choice([f"{self.tail(2)}\n", f"{self.tail(2)}\n", " "])
        trailing = bool(texts) and self.chance(0.3)
        for index, text in enumerate(texts):
            starts = out.endswith("\n")
            if starts:
                out += self.above(margin)
            comma = index < len(texts) - 1 or trailing
            if comma_first and starts and index:
                out += margin[:-2] + ", " + text
            else:
                out += (margin if starts else "") + text
            follows = comma_first and index < len(texts) - 1
            ends = follows or self.chance(0.75) or not comma
            out += "" if follows or not comma else ","
            out += f"{self.tail()}\n" if ends and (follows or self.chance(0.85) or comma) else " "
        if out.endswith("\n"):
            out += self.above(margin, odds=0.5)
            out += " " * column if self.chance(0.7) else margin
        return out + closing

    def above(self, margin: str, odds: float = 1.0) -> str:
        text = ""
        if self.chance(self.odds * odds / 4):
            text += f"{margin}{self.comment()}\n\n"
        while self.chance(self.odds * odds / 2):
            text += f"{margin}{self.comment()}\n"
        return text

    def owner(self, path: Tag) -> Tag:
        return (path[1], path[3]) if len(path) > 3 else (path[1],) if len(path) > 1 else ()

    def anchor(self, value: Any, path: Tag) -> str:
        if len(path) < 4 or not self.chance(self.anchors):
            return ""
        self.known.append((value, f"a{len(self.known)}", self.owner(path)))
        return f"&{self.known[-1][1]} "

    def alias(self, value: Any, path: Tag) -> str:
        for shared, name, first in self.known:
            owner = self.owner(path)
            if len(path) > 3 and shared == value and first != owner and self.chance(0.6):
                self.shared |= {owner, first}
                return f"*{name}"
        return ""

    def word(self, text: str, *, inner: bool = False, figure: bool = False) -> str:
        forms = [f'"{text}"', "'" + text.replace("'", "''") + "'"]
        if not figure and ": " not in text and not text.isdecimal() and not (inner and "," in text):
            forms += [text] * 4
        return self.random.choice(forms)
