"""The data spaces of the org, as SOQL and as the Connect API list them.

Speaks for the wire spec, metadata §7. SOQL is one query here, the one that clients send.
"""

from __future__ import annotations

import re

from werkzeug.wrappers import Request, Response

from datacloud_emulator.api.bodies import connect_error, json_response
from datacloud_emulator.org import Org

_QUERY = re.compile(r"\s*SELECT\s+Name\s+FROM\s+Dataspace\s*(?:ORDER\s+BY\s+Name(?:\s+ASC)?\s*)?", re.IGNORECASE)
_MAX_LIMIT = 4_999


def soql(org: Org, request: Request, version: int) -> Response:
    """`GET …/query?q=SELECT name FROM Dataspace`."""
    if not _QUERY.fullmatch(request.args.get("q", "")):
        words = "choice of this emulator: the only SOQL it knows is SELECT Name FROM Dataspace"
        return connect_error(400, "MALFORMED_QUERY", words)
    records = [
        {
            "attributes": {"type": "DataSpace", "url": f"/services/data/v{version}.0/sobjects/DataSpace/{_id(number)}"},
            "Name": name,
        }
        for number, name in enumerate(org.store.names)
    ]
    return json_response({"totalSize": len(records), "done": True, "records": records})


def listing(org: Org, request: Request, version: int) -> Response:
    """`GET …/ssot/data-spaces`, by `limit` and `offset`."""
    limit, offset = request.args.get("limit", "50"), request.args.get("offset", "0")
    numbers = all(re.fullmatch("[0-9]{1,9}", text) for text in (limit, offset))
    if not numbers or not 1 <= int(limit) <= _MAX_LIMIT:
        return connect_error(400, "INVALID_INPUT", f"limit must be 1 to {_MAX_LIMIT} and offset a number")
    first, names = int(offset), org.store.names
    page = list(enumerate(names))[first : first + int(limit)]
    url = f"/services/data/v{version}.0/ssot/data-spaces?limit={limit}&offset="
    body: dict[str, object] = {"currentPageUrl": f"{url}{first}"}
    if first + len(page) < len(names):
        body["nextPageUrl"] = f"{url}{first + len(page)}"
    body["totalSize"] = len(names)
    body["dataSpaces"] = [_space(org, number, name) for number, name in page]
    return json_response(body)


def _space(org: Org, number: int, name: str) -> dict[str, object]:
    space: dict[str, object] = {"id": _id(number), "label": name, "name": name, "description": "", "status": "Active"}
    if name != org.default_dataspace:
        space["prefix"] = name[:3].upper()
    return space


def _id(number: int) -> str:
    return f"0vhxx{number:010}AAA"
