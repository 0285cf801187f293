"""A text ready to send to the operator about what is wrong with a bill."""

from __future__ import annotations

from reconciler.model.bill_check import BillCheck, BillFinding
from reconciler.model.money import Money, total
from reconciler.reports.rows import counted


def letter(check: BillCheck) -> str:
    """Return a text ready to send to the operator: every mistake with its amount, and what is asked for."""
    currency = check.billed.currency
    lines = [
        f"Subject: Bill of {check.month:%Y-%m} for {check.organisation}, contract {check.contract}",
        "",
        "Dear Sir or Madam,",
        "",
        f"we checked {', '.join(check.invoices)} and found {counted(len(check.claims), 'mistake')}:",
        "",
    ]
    for number, finding in enumerate(check.claims, start=1):
        where = f" ({finding.where})" if finding.where else ""
        lines.append(f"{number}. {_named(finding)}{where}: {finding.message}.")
        lines.append(f"   {_asked(finding, currency)}")
    amount = claimed(check)
    asked = f"a credit note of {currency} {amount} in all" if amount.amount > 0 else "a corrected bill"
    lines += ["", f"We ask for {asked}. The amounts are before tax.", "", "With kind regards,", check.organisation]
    return "\n".join(lines)


def _asked(finding: BillFinding, currency: str) -> str:
    if finding.amount.amount < 0:
        return f"Billed too little: {currency} {-finding.amount}."
    return f"Billed too much: {currency} {finding.amount}."


def _named(finding: BillFinding) -> str:
    return f"{finding.number}, {finding.subject}" if finding.number else finding.subject


def claimed(check: BillCheck) -> Money:
    """Return what was billed too much by mistake, less what was billed too little."""
    return total((finding.amount for finding in check.claims), currency=check.billed.currency)
