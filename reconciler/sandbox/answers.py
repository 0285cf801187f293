"""Answers in JSON, and refusals as the TM Forum has them."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response


def answer_of(body: Any, status: int = 200) -> Response:
    """Return an answer with a body."""
    return Response(json.dumps(body), status, media_type="application/json")


def refusal(status: int, reason: str, message: str) -> Response:
    """Return why a request is not done."""
    return answer_of({"code": str(status), "reason": reason, "message": message, "status": str(status)}, status)
