"""One request to Account Engagement: the checks in their order, and the answer.

    bearer → business unit → day's calls → calls at once → path → verb → (the handler:) parameters, body, ability,
    record, state

The order is inferred. Source: wire spec, account-engagement §1-3, §11, §22 row 1.
"""

from __future__ import annotations

import logging
import re
import time

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Request, Response

from datacloud_emulator.accounts import OrgTokenExpiredError, TokenRefusedError
from datacloud_emulator.engagement.calls import Call
from datacloud_emulator.engagement.catalogue import Action, EngagementObject, catalogue
from datacloud_emulator.engagement.derived import send_due
from datacloud_emulator.engagement.handlers import handler
from datacloud_emulator.engagement.refusals import RefusedError
from datacloud_emulator.engagement.unit import BusinessUnit
from datacloud_emulator.org import Org

log = logging.getLogger(__name__)

ROOT = "/api/v5/"
UNIT_HEADER = "Pardot-Business-Unit-Id"
_UNIT = re.compile(r"0Uv[A-Za-z0-9]{15}", re.ASCII)
_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_USAGE_ASKED = frozenset({"1", "true"})
_WITHOUT_BODY = frozenset({204, 304})


def answer(
    org: Org, request: Request, operation: str = "", astray: HTTPException | None = None, **path: str
) -> Response:
    """The answer to a request; `path` holds the variable parts of its path. No exception leaves here."""
    unit: BusinessUnit | None = None
    try:
        _check_bearer(org, request)
        unit = _unit(org, request)
        with unit.meter.running():
            if org.engagement.settings.work_seconds:
                time.sleep(org.engagement.settings.work_seconds)
            response = _handled(org, request, unit, operation, astray, path)
    except RefusedError as refused:
        response = refused.response(org.engagement.settings.statuses)
    except Exception:  # whatever went wrong is this request's; the server goes on
        log.exception("%s %s failed", request.method, request.path)
        response = RefusedError(183).response()
    if response.status_code in _WITHOUT_BODY:
        response.headers.pop("Content-Type", None)
    if unit is not None and request.headers.get("X-Return-Api-Usage", "").lower() in _USAGE_ASKED:
        response.headers["x-api-usage"] = f"{unit.meter.used}/{org.engagement.settings.daily_calls}"
    return response


def _check_bearer(org: Org, request: Request) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise RefusedError(49)
    try:
        state = org.accounts.verify_org_token(token.strip())
    except OrgTokenExpiredError:
        raise RefusedError(210) from None
    except TokenRefusedError:
        raise RefusedError(184) from None
    scope = org.engagement.settings.required_scope
    if scope and scope not in state.scope.split():
        raise RefusedError(49)


def _unit(org: Org, request: Request) -> BusinessUnit:
    number = request.headers.get(UNIT_HEADER)
    if number is None:
        raise RefusedError(181, UNIT_HEADER)
    if not _UNIT.fullmatch(number):
        raise RefusedError(182, UNIT_HEADER)
    unit = org.engagement.find(number)
    if unit is None or not unit.active or org.engagement.settings.wrong_host:
        raise RefusedError(201)
    return unit


def _handled(
    org: Org, request: Request, unit: BusinessUnit, operation: str, astray: HTTPException | None, path: dict[str, str]
) -> Response:
    if isinstance(astray, MethodNotAllowed):
        raise RefusedError(60)
    if astray is not None:
        raise RefusedError(198)
    item = _object(request.path, operation, path)
    action = _action(item, request, path)
    own = handler(item.name, operation, action.name if action else "")
    if own is None or (action is None and operation not in item.operations):
        raise RefusedError(60)
    number = path.get("record")
    if number is not None and not _ID.fullmatch(number):
        raise RefusedError(org.engagement.settings.wrong_id_code, number)
    for name in request.args:
        if len(request.args.getlist(name)) > 1:
            raise RefusedError(5, name)
    unit.meter.count(operation, item.name)
    if item.name == "ListEmail":
        send_due(unit.store, int(org.clock.time()))
    return own(
        Call(
            request=request,
            unit=unit,
            jobs=org.engagement.jobs(unit.id),
            settings=org.engagement.settings,
            clock=org.clock,
            origin=org.origin,
            operation=operation,
            item=item,
            number=None if number is None else int(number),
            part=action.name if action else "",
            path=path,
        )
    )


def _object(asked: str, operation: str, path: dict[str, str]) -> EngagementObject:
    """The object of a path: code 192 for one that does not exist, 198 for a path of another kind."""
    base = f"{ROOT}objects/" if asked.startswith(f"{ROOT}objects/") else ROOT
    found = f"{base}{path['collection']}"
    item = catalogue().by_path.get(found)
    if item is not None and (operation != "create" or item.create_path == found):
        if item.singleton and "record" in path:
            raise RefusedError(198)
        return item
    if item is not None:
        raise RefusedError(60)
    for other in catalogue().objects.values():
        if other.create_path == found:
            if operation == "create":
                return other
            raise RefusedError(60 if operation == "query" else 198)
    raise RefusedError(192 if base != ROOT else 198)


def _action(item: EngagementObject, request: Request, path: dict[str, str]) -> Action | None:
    """The action of a path, None for an operation. Code 205 for an unknown one below `do/`, else 198."""
    if "action" not in path and "part" not in path:
        return None
    level = "record" if "record" in path else "collection"
    for action in item.actions.values():
        *_, before, last = (part for part in action.path.split("/") if part != "{fileId}")
        if action.level == level and last == path.get("action" if before == "do" else "part"):
            if action.method != request.method:
                raise RefusedError(60)
            return action
    raise RefusedError(205, path["action"]) if "action" in path else RefusedError(198)
