"""However a service cuts a list into pages, and whatever it says of its end, the records are the same.

Source: wire spec, profile §5; the expected records are a slice of the list.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datacloud_dbapi.flow.effects import Request, Response, Send
from datacloud_dbapi.services.profile import Profile
from tests.unit.driver.scripted import Stage, json_answer
from tests.unit.driver.services_script import PERSON, Blocking, described, scripted


class Service(Stage):
    """Holds a list and gives no more than `most` rows of it at a time, `done` told rightly, never, or not at all."""

    people: tuple[dict[str, Any], ...] = ()
    most: int = 1
    done: str = "right"

    def _answer(self, effect: Any) -> object:
        if isinstance(effect, Send) and "/profile/Demo_Person__dlm" in effect.request.url:
            return self._page(effect.request)
        return super()._answer(effect)

    def _page(self, request: Request) -> Response:
        query = parse_qs(urlsplit(request.url).query)
        start = int(query.get("offset", ["0"])[0])
        end = start + min(int(query["limit"][0]), self.most)
        names = query["fields"][0].split(",")
        answer: dict[str, Any] = {"data": [{name: person[name] for name in names} for person in self.people[start:end]]}
        if self.done != "missing":
            answer["done"] = self.done == "right" and end >= len(self.people)
        return json_answer(answer)


@pytest.mark.parametrize("done", ["right", "never", "missing"])
@pytest.mark.parametrize("fields", ["Surname__c", "Id__c,KQ_Id__c,Surname__c"])
@given(
    count=st.integers(0, 12),
    most=st.integers(1, 6),
    page_size=st.integers(1, 6),
    limit=st.none() | st.integers(0, 14),
    offset=st.integers(0, 4),
)
def test_the_records_do_not_depend_on_the_pages(
    done: str, fields: str, count: int, most: int, page_size: int, limit: int | None, offset: int
) -> None:
    plain, gateway = scripted(described(PERSON))
    scene = Service(plain.answers, clock=plain.clock)
    # Surnames that many share, so that pages look alike where the key is not asked for.
    people = [{"Id__c": f"p-{n}", "KQ_Id__c": None, "Surname__c": "Ito"} for n in range(count)]
    scene.people, scene.most, scene.done = tuple(people), most, done
    found = Profile(Blocking(scene), gateway).find(
        "Demo_Person__dlm", None, fields=fields, limit=limit, offset=offset, page_size=page_size
    )
    end = count if limit is None else min(count, offset + limit)
    assert list(found) == [{name: person[name] for name in fields.split(",")} for person in people[offset:end]]
