"""An object's calls on a stage: scripted answers before it, and what was sent."""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from datacloud_dbapi.auth.tokens import tokens_for
from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.engagement.gateway import Gateway
from datacloud_dbapi.engagement.services import service_of
from datacloud_dbapi.flow.effects import Request
from datacloud_dbapi.flow.limits import RequestBudget
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.params import ConnectParams
from tests.unit.driver.scripted import LOGIN, Answer, Stage, stage
from tests.unit.driver.services_script import Blocking

UNIT = "0Uv000000000001AAA"


def writing(name: str, *answers: Answer) -> tuple[Stage, Any]:
    """A stage that has logged in, and the calls on an object there."""
    scene = stage([LOGIN], jitter=lambda: 1.0)
    given = {"login_url": "https://acme.my.salesforce.com", "client_id": "app", "client_secret": "s3cret"}
    tokens = tokens_for(ConnectParams.resolve(None, given))
    gateway = Gateway(
        tokens,
        RetryPolicy(3, 4),
        RequestBudget(),
        origin="https://pi.pardot.com",
        business_unit_id=UNIT,
        read_timeout=9,
    )
    scene.run(tokens.current_org(RetryPolicy()))
    scene.requests.clear()
    # The driver tells an error more than it was made with: a table's own stays as it is.
    scene.answers.extend(copy.copy(answer) for answer in answers)
    return scene, service_of(catalogue().find(name), Blocking(scene), gateway)


def sent(request: Request) -> tuple[str, str, dict[str, str], Any]:
    """Method, path, query and JSON body of a request."""
    url = urlsplit(request.url)
    body = json.loads(request.body) if request.body else None
    return request.method, url.path, dict(parse_qsl(url.query, strict_parsing=bool(url.query))), body
