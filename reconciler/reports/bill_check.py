"""The check of a bill as text, as a document and as rows for CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler.model.bill_check import BillCheck, BillFinding, Fault, Share
from reconciler.model.money import total
from reconciler.reports.delimited import csv_text
from reconciler.reports.letters.bill import claimed, letter
from reconciler.reports.rows import counted, signed
from reconciler.reports.text import Paint

FORMAT_VERSION = "1.0"
TITLES = {
    Fault.NOT_DECLARED: "Billed, but not declared",
    Fault.NOT_BILLED: "Not billed",
    Fault.WRONG_FEE: "Wrong fee",
    Fault.WRONG_PRORATA: "Wrong days",
    Fault.LEAVER: "Service of a leaver",
    Fault.OPTION_ENDED: "Option past its end",
    Fault.MISSING_CREDIT: "Missing credit",
    Fault.BILLED_TWICE: "Billed twice",
    Fault.UNEXPECTED_CREDIT: "Unexpected credit",
    Fault.WRONG_TOTAL: "Wrong total",
}
_HEADS = (
    "month", "kind", "service", "user", "number", "cost_centre", "fee", "amount", "claim", "where", "message",
)  # fmt: skip


def bill_check_text(check: BillCheck, *, paint: Paint) -> str:
    """Return the check of a month as text: the sums, what is wrong, what could not be judged, the parts."""
    return "\n".join(
        [
            paint(head(check), "bold"),
            f"  {sums(check)}",
            *_found("To claim from the operator:", check.claims, paint),
            *_found("Billed rightly, and not what the files declare:", _ours(check), paint),
            *([""] if check.notes else []),
            *(f"  note: {note}" for note in check.notes),
            *_parts("cost centre", check.by_cost_centre),
            *_parts("bundle", check.by_bundle),
            "",
            verdict(check),
        ]
    )


def head(check: BillCheck) -> str:
    """Return what was checked."""
    return f"Bill of {check.month:%Y-%m}: {', '.join(check.invoices)}, {counted(check.lines, 'line')}"


def sums(check: BillCheck) -> str:
    """Return what was billed, what should have been, and the difference."""
    currency, difference = check.billed.currency, check.billed - check.expected
    return f"Billed {currency} {check.billed}, expected {check.expected}, difference {signed(difference)}."


def verdict(check: BillCheck) -> str:
    """Return the last line: what a reader has to do."""
    if not check.findings:
        return "The bill is right." if not check.notes else "Nothing is wrong, as far as it could be checked."
    lost = total((finding.amount for finding in _ours(check)), currency=check.billed.currency)
    return (
        f"{counted(len(check.claims), 'mistake')} of the operator, {check.billed.currency} {claimed(check)} to claim;"
        f" {counted(len(_ours(check)), 'fee')} that the files do not declare, {lost}."
    )


def bill_check_document(check: BillCheck) -> dict[str, Any]:
    """Return the check of a month as a document."""
    return {
        "format_version": FORMAT_VERSION,
        "organisation": check.organisation,
        "contract": check.contract,
        "month": f"{check.month:%Y-%m}",
        "invoices": list(check.invoices),
        "currency": check.billed.currency,
        "lines": check.lines,
        "billed": str(check.billed),
        "expected": str(check.expected),
        "to_claim": str(claimed(check)),
        "findings": [_finding(finding) for finding in check.findings],
        "notes": list(check.notes),
        "by_cost_centre": _shares(check.by_cost_centre),
        "by_user": _shares(check.by_user),
        "by_bundle": _shares(check.by_bundle),
        "letter": letter(check) if check.claims else None,
    }


def bill_check_csv(checks: Sequence[BillCheck]) -> str:
    """Return the findings of all months as CSV."""
    return csv_text(_HEADS, [_row(check, finding) for check in checks for finding in check.findings])


def _ours(check: BillCheck) -> tuple[BillFinding, ...]:
    return tuple(finding for finding in check.findings if not finding.claim)


def _found(title: str, findings: Sequence[BillFinding], paint: Paint) -> Iterator[str]:
    if not findings:
        return
    yield ""
    yield paint(title, "bold")
    for finding in findings:
        style = "red" if finding.claim else "yellow"
        yield f"  {paint(TITLES[finding.fault], style)}  {finding.subject}  {signed(finding.amount)}"
        yield f"    {finding.message}" + (f" ({finding.where})" if finding.where else "")


def _parts(name: str, shares: Mapping[str, Share]) -> Iterator[str]:
    if not shares:
        return
    width = max(len(name), *map(len, shares))
    yield ""
    yield f"  {name:<{width}}  {'billed':>12}  {'expected':>12}"
    for key, share in shares.items():
        yield f"  {key:<{width}}  {share.billed!s:>12}  {share.expected!s:>12}"


def _finding(finding: BillFinding) -> dict[str, Any]:
    return {
        "kind": finding.fault.value,
        "service": finding.subject,
        "user": finding.user,
        "number": finding.number,
        "cost_centre": finding.cost_centre,
        "fee": finding.what,
        "amount": str(finding.amount),
        "claim": finding.claim,
        "where": finding.where,
        "message": finding.message,
    }


def _row(check: BillCheck, finding: BillFinding) -> Sequence[str]:
    values: Iterable[Any] = (f"{check.month:%Y-%m}", *_finding(finding).values())
    words = {True: "yes", False: "no", None: ""}
    return [words[value] if isinstance(value, bool) or value is None else str(value) for value in values]


def _shares(shares: Mapping[str, Share]) -> list[dict[str, str]]:
    return [{"name": key, "billed": str(each.billed), "expected": str(each.expected)} for key, each in shares.items()]
