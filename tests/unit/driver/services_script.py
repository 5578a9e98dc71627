"""The services on a stage: scripted answers for the blocking and the awaited face, and the objects they speak of."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Coroutine
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from datacloud_dbapi.auth.grants import ClientCredentials
from datacloud_dbapi.auth.hosts import TrustedHosts
from datacloud_dbapi.auth.tokens import Tokens
from datacloud_dbapi.flow.effects import Flow, Response
from datacloud_dbapi.flow.retry import RetryPolicy
from datacloud_dbapi.services.gateway import Gateway
from tests.unit.driver.scripted import LOGIN, Answer, Stage, json_answer, stage, tenant_login

T = TypeVar("T")

PERSON: dict[str, Any] = {
    "name": "Demo_Person__dlm",
    "displayName": "Demo Person",
    "category": "Profile",
    "fields": [
        {"name": "Id__c", "displayName": "Person Id", "type": "STRING", "keyQualifier": "KQ_Id__c"},
        {"name": "KQ_Id__c", "displayName": "Key Qualifier", "type": "STRING"},
        {"name": "Surname__c", "displayName": "Surname", "type": "STRING"},
        {"name": "Age__c", "displayName": "Age", "type": "NUMBER"},
        {"name": "Born__c", "displayName": "Born", "type": "DATE"},
        {"name": "Seen__c", "displayName": "Seen", "type": "DATE_TIME"},
        {"name": "Active__c", "displayName": "Active", "type": "BOOLEAN"},
        {"name": "Odd__c", "displayName": "Odd", "type": "GEOLOCATION"},
    ],
    "indexes": [{"fields": [{"name": "Surname__c", "type": "STRING"}]}],
    "primaryKeys": [{"name": "Id__c", "displayName": "Person Id", "indexOrder": "1"}],
    "relationships": [],
}
# One of them as it is sent, all fields named, and as it is read.
ALL = "Id__c,KQ_Id__c,Surname__c,Age__c,Born__c,Seen__c,Active__c,Odd__c"
ADA = {
    "Id__c": "p-1",
    "KQ_Id__c": None,
    "Surname__c": "Ada",
    "Age__c": Decimal("36.000000000000000001"),
    "Born__c": dt.date(1990, 7, 12),
    "Seen__c": dt.datetime(2031, 1, 2, 3, 4, 5, 678000, tzinfo=dt.timezone.utc),
    "Active__c": True,
    "Odd__c": None,
}
ADA_SENT = (
    b'{"data":[{"Id__c":"p-1","Surname__c":"Ada","Age__c":36.000000000000000001,"Born__c":"1990-07-12",'
    b'"Seen__c":"2031-01-02T03:04:05.678Z","Active__c":true,"Odd__c":null}],"done":true}'
)
MAIL: dict[str, Any] = {
    "name": "Demo_Mail__dlm",
    "category": "PROFILE",
    "fields": [
        {"name": "MailId__c", "type": "STRING"},
        {"name": "PersonId__c", "type": "STRING"},
        {"name": "Score__c", "type": "NUMBER"},
    ],
    "primaryKeys": [{"name": "MailId__c", "indexOrder": "1"}],
}
SPEND: dict[str, Any] = {
    "name": "Demo_Spend__cio",
    "displayName": "Demo Spend",
    "dimensions": [
        {"name": "CustomerId__c", "displayName": "Customer", "type": "STRING"},
        {"name": "OrderDay__c", "displayName": "", "type": "DATE_TIME"},
    ],
    "measures": [
        {"name": "Total__c", "displayName": "Total", "type": "NUMBER", "rollupable": True},
        {"name": "Orders__c", "displayName": "Orders", "type": "NUMBER"},
    ],
    "relationships": [{"fromEntity": "Demo_Person__dlm", "toEntity": "Demo_Spend__cio"}],
    "partitionBy": "OrderDay__c",
}


def described(*entities: dict[str, Any]) -> Response:
    return json_answer({"metadata": list(entities)})


def rows(*data: dict[str, Any], done: bool | None = True) -> Response:
    return json_answer({"data": list(data), **({} if done is None else {"done": done})})


class Blocking:
    def __init__(self, scene: Stage) -> None:
        self.scene = scene

    def run(self, flow: Flow[T]) -> T:
        return self.scene.run(flow)


class Awaited:
    def __init__(self, scene: Stage) -> None:
        self.scene = scene

    async def run(self, flow: Flow[T]) -> T:
        await asyncio.sleep(0)
        return self.scene.run(flow)


def scripted(*answers: Answer) -> tuple[Stage, Gateway]:
    """A stage that has logged in already, and the gateway of a connection on it."""
    scene = stage([LOGIN, tenant_login()])
    tokens = Tokens(ClientCredentials("https://a.my.salesforce.com", "a", "b"), None, TrustedHosts())
    scene.run(tokens.current(RetryPolicy()))
    scene.requests.clear()
    scene.answers.extend(answers)
    return scene, Gateway(tokens, RetryPolicy(), 60.0)


def on_stage(service: Callable[[Any, Gateway], T], *answers: Answer) -> tuple[Stage, T]:
    """A service with these answers before it."""
    scene, gateway = scripted(*answers)
    return scene, service(Blocking(scene), gateway)


def sent(scene: Stage, number: int = -1) -> tuple[str, dict[str, str]]:
    """The path, as it is on the wire, and the query of a request."""
    url = urlsplit(scene.requests[number].url)
    query = parse_qs(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
    assert all(len(values) == 1 for values in query.values())
    return url.path, {name: values[0] for name, values in query.items()}


def awaited(coroutine: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(coroutine)
