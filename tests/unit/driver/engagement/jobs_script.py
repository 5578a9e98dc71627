"""What the service answers to a client of jobs, and what such a client sends."""

from __future__ import annotations

import json
from typing import Any

from datacloud_dbapi.flow.effects import Request, Response


def csv_answer(text: str) -> Response:
    return Response(200, {"content-type": "text/csv"}, text.encode())


def sent_json(request: Request) -> Any:
    return json.loads(request.body)
