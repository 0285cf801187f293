"""Values as CSV that a spreadsheet may open (RFC 4180: commas, CRLF, quotes doubled, a row of heads).

A spreadsheet takes a cell that begins with = + - or @ for a formula, and names come from people. Such a cell gets an
apostrophe in front, which spreadsheets show as text. A telephone number or an amount, a sign and then nothing but
digits, is left as it is: it can compute nothing, and other programs need it whole. Since many a spreadsheet splits at
semicolons and tabs instead of commas, what follows one of those inside a cell is treated alike.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

#: The start of a formula, after blanks and quotes; the last four are the wide letters that some spreadsheets take too.
_FORMULA = re.compile(r"(^|[;\t\r\n])([\s\"]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[str]], *, delimiter: str = ",") -> str:
    """Return a row of heads and `rows` as CSV, with commas unless whoever reads it wants something else."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([harmless(head) for head in heads])
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def harmless(cell: str) -> str:
    """Return `cell` so that no spreadsheet computes anything from it."""
    if cell.isalnum() or _PLAIN_NUMBER.fullmatch(cell):
        return cell
    return _FORMULA.sub(r"\1'\2", cell)
