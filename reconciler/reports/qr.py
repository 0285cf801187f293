"""Text as a QR code, for a terminal, a screen or paper; the quiet zone around it is as wide as the standard asks."""

from __future__ import annotations

from io import BytesIO, StringIO

#: What a file can hold, by its suffix: the text itself, or its picture.
SUFFIXES = (".txt", ".png", ".svg")
_BORDER = 4
_PIXELS = 8


def qr_lines(text: str) -> list[str]:
    """Return the QR code of `text` as lines of half blocks, two rows each; light is drawn, for a dark screen."""
    import segno

    drawn = StringIO()
    segno.make_qr(text).terminal(drawn, border=_BORDER, compact=True)
    return drawn.getvalue().splitlines()


def file_content(text: str, suffix: str) -> bytes:
    """Return what a file of one of `SUFFIXES` holds."""
    if suffix == ".txt":
        return f"{text}\n".encode()
    import segno

    drawn = BytesIO()
    kind = suffix.removeprefix(".")
    segno.make_qr(text).save(drawn, kind=kind, border=_BORDER, scale=_PIXELS, dark="black", light="white")
    return drawn.getvalue()
