"""Clients on the emulator: several of them with one login, several threads with one of them.

Source: wire spec, account-engagement §2, §11.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from datacloud_dbapi import engagement
from datacloud_dbapi.engagement.client import Engagement
from datacloud_dbapi.engagement.errors import ConfigurationError
from datacloud_dbapi.errors import OperationalError
from datacloud_emulator import Emulator
from tests.contract.engagement.faces import FACES, WAYS, client, unit_params

OTHER = "0Uv000000000002AAA"


@pytest.mark.sockets
@pytest.mark.parametrize("face", FACES)
def test_one_login_opens_several_business_units(emulator: Emulator, face: str) -> None:
    emulator.engagement.add_business_unit(OTHER)
    emulator.requests.clear()
    with client(emulator, face, "sockets") as here, client(emulator, face, "sockets", business_unit_id=OTHER) as there:
        there.ask(lambda ae: ae.tags.create({"name": "only there"}))
        assert there.all(lambda ae: ae.tags.query("name")) == [{"name": "only there"}]
        assert {"name": "only there"} not in here.all(lambda ae: ae.tags.query("name"))
    assert [record.operation for record in emulator.requests].count("token") == 1


def test_a_business_unit_that_there_is_not(emulator: Emulator) -> None:
    params = unit_params(emulator, business_unit_id="0Uv000000000009AAA")
    with (
        engagement.connect(**params, http_transport=emulator.http_transport) as ae,
        pytest.raises(ConfigurationError, match=r"check business_unit_id.*demo=True"),
    ):
        ae.account.read()


def test_threads_share_a_client(blocking: Engagement, emulator: Emulator) -> None:
    def made(thread: int) -> list[int]:
        return [blocking.tags.create({"name": f"tag {thread}-{number}"})["id"] for number in range(5)]

    with ThreadPoolExecutor(8) as threads:
        ids = [number for some in threads.map(made, range(8)) for number in some]
    names = {row["id"]: row["name"] for row in emulator.engagement.rows("Tag")}
    assert [names[number] for number in ids] == [f"tag {thread}-{number}" for thread in range(8) for number in range(5)]
    assert emulator.engagement.most_at_once <= 4


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_that_is_too_large_may_have_been_a_yes(emulator: Emulator, way: tuple[str, str]) -> None:
    address = f"long-{'-'.join(way)}@example.test"
    with client(emulator, *way, max_response_bytes=2_000) as ae:
        with pytest.raises(OperationalError, match="max_response_bytes") as caught:
            ae.ask(lambda c: c.prospects.create({"email": address, "comments": "x" * 3_000}, fields="comments"))
        assert caught.value.maybe_applied is True
        assert len(ae.all(lambda c: c.prospects.query("id", filters={"email": address}))) == 1
