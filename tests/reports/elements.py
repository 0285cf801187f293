"""What a page is made of, as a parser sees it: its elements with their attributes, and the text a reader gets."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple


class Element(NamedTuple):
    """One start tag."""

    name: str
    attributes: dict[str, str | None]


class Page(HTMLParser):
    """A page taken apart; `text` is everything but style and script, which are in `sources`."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self.sources: dict[str, str] = {}
        self.texts: list[str] = []
        self.others: list[str] = []
        self.feed(markup)
        self.close()

    @property
    def text(self) -> str:
        """All text, a blank between two pieces."""
        return " ".join(self.texts)

    def all(self, name: str, **attributes: str) -> list[Element]:
        """Return the elements of a name that have these attributes."""
        found = (element for element in self.elements if element.name == name)
        return [
            each for each in found if attributes.items() <= {k: v or "" for k, v in each.attributes.items()}.items()
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"an attribute twice in {tag}"
        self.elements.append(Element(tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem:
            self.sources[self.cdata_elem] = self.sources.get(self.cdata_elem, "") + data
        else:
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)
