"""Read a bill from a file, whichever kind it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from reconciler.errors import UnreadableBill
from reconciler.files import open_given
from reconciler.model.invoice import Invoice

#: More than this no bill of a fleet of a million services has.
MOST_BYTES = 2_000_000_000
_LEAD = 512
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_bill(path: Path, columns: Mapping[str, str], *, month: date | None, currency: str) -> Invoice:
    """Return the bill in a file; a listing, which does not say of itself what it is, is told by `columns` and `month`.

    Raises UnreadableBill, with every line that cannot be read.
    """
    with open_given(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        lead = stream.read(_LEAD)
    if size > MOST_BYTES:
        message = f"{path} holds {size // 1_000_000} MB, and no more than {MOST_BYTES // 1_000_000} MB are read"
        raise UnreadableBill(message, hint="A bill of a fleet is smaller; is it the right file?")
    if lead.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").startswith(b"<"):
        from reconciler.providers.bills.ubl import read_invoice

        return read_invoice(path, currency=currency)
    if lead.startswith((_OLD_WORKBOOK, b"%PDF")):
        message = f"{path} is a workbook that is encrypted or of an old format, or a PDF"
        raise UnreadableBill(message, hint="Ask the operator for the structured invoice (UBL), or save .xlsx or CSV.")
    from reconciler.providers.bills.listing import read_listing

    return read_listing(path, columns, month=month, currency=currency, in_workbook=lead.startswith(_WORKBOOK))
