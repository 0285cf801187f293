"""Listings of calls and costs, as CSV or in a workbook, whose columns are named by whoever asks.

The delimiter, the encoding and the decimal sign are recognised. A row that cannot be read ends the reading, by its
number; nothing in a cell is ever computed.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path

from reconciler.errors import UnreadableBill, quoted
from reconciler.files import UnsafeFileError, read_given
from reconciler.model.invoice import BilledLine, Invoice
from reconciler.model.money import Money
from reconciler.model.plan import LineKind
from reconciler.providers.bills.sheet import sheet_rows
from reconciler.providers.bills.ubl import decimal_of, service_name, told

#: What a column may hold; the first three are needed.
FIELDS = ("service", "fee", "amount", "kind")
_NEEDED = FIELDS[:3]
_DELIMITERS = ";\t,|"
_GUESSES = {
    "service": ("service", "number", "msisdn", "gsm-nummer", "nummer", "telefoonnummer", "numéro", "numéro de gsm"),
    "fee": ("fee", "product", "item", "description", "omschrijving", "produit", "description du produit"),
    "amount": ("amount", "bedrag", "montant", "amount excl. vat", "bedrag excl. btw", "montant htva"),
    "kind": ("kind", "type", "soort"),
}
_KINDS = {
    LineKind.RECURRING: "recurring monthly subscription maandelijks abonnement mensuel",
    LineKind.PRORATA: "prorata pro-rata start activatie activation",
    LineKind.CREDIT: "credit creditnota crédit stop",
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words.split()}
#: More than this, no listing of a fleet of a million services has.
_MOST_BYTES = 200 * 1024 * 1024
_GROUPED = re.compile(r"-?\d{1,3}([.,\u00a0\u202f ']\d{3})+([.,]\d{1,2})?")


def read_listing(
    path: Path, columns: Mapping[str, str], *, month: date | None, currency: str, in_workbook: bool = False
) -> Invoice:
    """Return the listing in a file; raises UnreadableBill with every row that cannot be read, by its number."""
    if month is None:
        raise UnreadableBill(f"{path} does not say of which month it is", hint="Say it: --month 2026-12.")
    rows = sheet_rows(path) if in_workbook else _rows(path)
    _, heads = next(rows, (1, []))
    at = _places(path, heads, columns)
    problems: list[str] = []
    lines = [_line(path, number, cells, at, len(heads), currency, problems) for number, cells in rows if any(cells)]
    if problems:
        raise UnreadableBill("\n".join(told(problems)), hint="Nothing of this bill was checked.")
    if not lines:
        raise UnreadableBill(f"{path} has no rows below its headings", hint="Is it the right file?")
    return Invoice(path.name, path.name, month, tuple(lines))


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield rows by the number a spreadsheet shows for them, from 1."""
    text = _text(path)
    delimiter = max(_DELIMITERS, key=text.partition("\n")[0].count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            yield number, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise UnreadableBill(f"{path}, row {number + 1}: this is no CSV: {error}", hint="Is the file whole?") from error


def _text(path: Path) -> str:
    try:
        content = read_given(path, limit=_MOST_BYTES)
    except UnsafeFileError as error:
        raise UnreadableBill(f"{path} is not read: {error.strerror}", hint="Is it the right file?") from error
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise UnreadableBill(f"{path} is no text", hint="Save it as CSV.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")  # what spreadsheets of Windows write


def _places(path: Path, heads: Sequence[str], columns: Mapping[str, str]) -> Mapping[str, int]:
    """Return where each field stands: under the heading it was given, else under one that is known for it."""
    folded = [head.casefold() for head in heads]
    found = {}
    for field in FIELDS:
        names = (columns[field].casefold(),) if field in columns else _GUESSES[field]
        places = [at for at, head in enumerate(folded) if head in names]
        if len(places) > 1:
            both = f"{quoted(heads[places[0]])} and {quoted(heads[places[1]])}"
            message = f"{path}, row 1: two columns could be the {field}: {both}"
            raise UnreadableBill(
                message, hint=f"Say which, after renaming it if they are alike: --column {field}=HEADING."
            )
        if places:
            found[field] = places[0]
        elif field in _NEEDED or field in columns:
            missing = f"{quoted(columns[field])}, meant to be the {field}" if field in columns else f"for the {field}"
            known = ", ".join(quoted(head) for head in heads if head) or "none"
            raise UnreadableBill(
                f"{path}, row 1: there is no column {missing}; there are {known}",
                hint=f"Name it: --column {field}=HEADING.",
            )
    return found


def _line(
    path: Path,
    number: int,
    cells: Sequence[str],
    at: Mapping[str, int],
    width: int,
    currency: str,
    problems: list[str],
) -> BilledLine:
    where = f"{path.name}, row {number}"
    if len(cells) != width:
        problems.append(f"{where}: {len(cells)} cells, and there are {width} headings")
        cells = [*cells, *[""] * width][:width]
    else:
        problems.extend(f"{where}: {problem}" for problem in _problems(cells, at))
    amount = _amount(cells[at["amount"]]) or Decimal("0.00")
    kind = _KIND_OF.get(cells[at["kind"]].casefold()) if "kind" in at else None
    if kind is None:
        kind = LineKind.CREDIT if amount < 0 else LineKind.RECURRING
    service = cells[at["service"]]
    return BilledLine(
        where, kind, cells[at["fee"]], service_name(_plain(service)) if service else None, Money(amount, currency)
    )


def _problems(cells: Sequence[str], at: Mapping[str, int]) -> Iterator[str]:
    """Yield what is wrong with a row of the right width."""
    text = cells[at["amount"]]
    if _amount(text) is None:
        yield f"{quoted(text)} is no amount; expected one like 12.50 or 12,50"
    kind = cells[at["kind"]] if "kind" in at else ""
    if kind and kind.casefold() not in _KIND_OF:
        yield f"{quoted(kind)} is no kind; expected {', '.join(_KINDS)}"
    for cell in (cells[at["service"]], cells[at["fee"]]):
        if cell.startswith(("=", "@")):
            yield f"a formula is never computed: {quoted(cell)}; save the sheet with values only"


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that keeps a spreadsheet from computing it."""
    return cell[1:] if cell.startswith(("'+", "'-", "'=", "'@")) else cell


def _amount(text: str) -> Decimal | None:
    """Return an amount, whatever its decimal sign; the last of two kinds of sign is the decimal one.

    A single sign before exactly three digits could be either, and is refused.
    """
    bare = text.removeprefix("€").removesuffix("€").removesuffix("EUR").strip()
    bare = f"-{bare[:-1]}" if bare.endswith("-") else bare
    if re.fullmatch(r"-?\d{1,3}[.,]\d{3}", bare):
        return None
    if _GROUPED.fullmatch(bare):
        whole, sign, cents = (bare, "", "") if not re.search(r"[.,]\d{1,2}$", bare) else _parted(bare)
        bare = re.sub(r"[^\d-]", "", whole) + ("." if sign else "") + cents
    return decimal_of(bare.replace(",", ".")) if re.fullmatch(r"-?\d+([.,]\d+)?", bare) else None


def _parted(text: str) -> tuple[str, str, str]:
    at = max(text.rfind("."), text.rfind(","))
    return text[:at], text[at], text[at + 1 :]
