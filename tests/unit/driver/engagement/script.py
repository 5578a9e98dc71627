"""Account Engagement on a stage: scripted answers for the blocking and the awaited face, and what was sent."""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from datacloud_dbapi.auth.tokens import tokens_for
from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.gateway import Gateway
from datacloud_dbapi.engagement.services import service_of
from datacloud_dbapi.flow.effects import Request, Response
from datacloud_dbapi.flow.limits import RequestBudget
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.params import ConnectParams
from tests.unit.driver.scripted import LOGIN, Answer, Stage, stage
from tests.unit.driver.services_script import Awaited, Blocking

UNIT = "0Uv000000000001AAA"


def unit_gateway() -> Gateway:
    """A gateway of a business unit that has not logged in yet."""
    given = {"login_url": "https://acme.my.salesforce.com", "client_id": "app", "client_secret": "s3cret"}
    tokens = tokens_for(ConnectParams.resolve(None, given))
    return Gateway(
        tokens,
        RetryPolicy(3, 4),
        RequestBudget(),
        origin="https://pi.pardot.com",
        business_unit_id=UNIT,
        read_timeout=9,
    )


def logged_in(*answers: Answer, scene: Stage | None = None) -> tuple[Stage, Gateway]:
    """A stage on which a business unit's client has logged in already, and its gateway."""
    scene = scene or stage([], jitter=lambda: 1.0)
    # The driver tells an error more than it was made with: a table's own stays as it is.
    answers = tuple(copy.copy(answer) for answer in (*answers, *scene.answers))
    scene.answers[:] = [LOGIN]
    gateway = unit_gateway()
    scene.run(gateway._tokens.current_org(RetryPolicy()))
    scene.requests.clear()
    scene.answers[:] = answers
    return scene, gateway


def on_stage(name: str, *answers: Answer, awaits: bool = False) -> tuple[Stage, Any]:
    """The calls on an object (`prospects`) with these answers before them."""
    scene, gateway = logged_in(*answers)
    runner: Any = Awaited(scene) if awaits else Blocking(scene)
    return scene, service_of(catalogue().find(name), runner, gateway)


def page(*records: dict[str, Any], token: str | None = None, warning: str | None = None) -> Response:
    """One answer to a query."""
    headers = {} if warning is None else {"pardot-warning": warning}
    body = {"nextPageToken": token, "nextPageUrl": None, "values": list(records)}
    return Response(200, headers, json.dumps(body).encode())


def refusal(code: int, status: int = 400, warning: str | None = None) -> Response:
    """One answer that is no success."""
    headers = {} if warning is None else {"pardot-warning": warning}
    return Response(status, headers, json.dumps({"code": code, "message": "as it is"}).encode())


def csv_answer(text: str) -> Response:
    """A file of a job."""
    return Response(200, {"content-type": "text/csv"}, text.encode())


def sent(request: Request) -> tuple[str, str, dict[str, str], Any]:
    """Method, path, query and JSON body of a request."""
    url = urlsplit(request.url)
    return request.method, url.path, dict(parse_qsl(url.query, strict_parsing=bool(url.query))), sent_json(request)


def sent_json(request: Request) -> Any:
    """The JSON body of a request; None for an empty one."""
    return json.loads(request.body) if request.body else None
