"""Whatever an answer is changed into, the driver gives rows of its own columns or an error of PEP 249, and ends.

Source: wire spec, faults rules 4-5, S10-S15, S20, P10-P22, O4, O7, T7-T8, V1-V7.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st

from datacloud_dbapi.errors import ConnectionLostError, Error
from datacloud_dbapi.flow.effects import Response
from datacloud_emulator import Clock, Emulator, Quirks
from tests.fuzz import conversations as talk
from tests.fuzz.conversations import Answer, Conversation, recorded
from tests.fuzz.mutations import changed

# For a longer look: FUZZ_EXAMPLES=5000.
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "40"))
CASES = {
    "rest-v1": ("rest-v1", talk.rows),
    "rest-v2": ("rest-v2", talk.rows),
    "rest-v2 arrow": ("rest-v2", talk.arrow_rows),
    "rest-v2 table": ("rest-v2", talk.arrow_table),
    "query-sql": ("query-sql", talk.rows),
    "direct-v3": ("direct-v3", talk.rows),
    "direct-v3 arrow": ("direct-v3", talk.arrow_rows),
    "direct-v3 describe": ("direct-v3", talk.description),
    "hyper": ("hyper", talk.rows),
    "hyper arrow": ("hyper", talk.arrow_rows),
    "metadata": ("rest-v2", talk.tables),
}


@pytest.fixture(scope="module")
def org() -> Iterator[Emulator]:
    """Three rows a page, and results that are not there at once."""
    quirks = Quirks(running_first=True)
    with Emulator(page_rows=3, quirks=quirks, clock=Clock(dt.datetime(2026, 1, 5, tzinfo=dt.timezone.utc))) as running:
        yield running


@pytest.fixture(scope="module", params=CASES)
def conversation(request: pytest.FixtureRequest, org: Emulator) -> Conversation:
    """A conversation that went well."""
    transport, use = CASES[request.param]
    return recorded(org, transport, use)


def test_played_unchanged_it_goes_as_it_went(conversation: Conversation) -> None:
    found = conversation.replayed(0, conversation.answers[0])
    assert len(found) == (
        talk.ROWS if conversation.use in (talk.rows, talk.arrow_rows, talk.arrow_table) else len(found)
    )
    assert found


@given(st.data())
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_changed_answer_gives_rows_or_an_error(conversation: Conversation, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(conversation.answers) - 1), label="place")
    answer = data.draw(_changed(conversation.answers[place]), label="answer")
    # What gets through the parsers is nearer to what may slip past them.
    passed = 0.0
    try:
        conversation.replayed(place, answer)
        passed = 2.0
    except Error as error:
        str(error).encode("utf-8")
        passed = float(error.http_status in (None, 200))
    target(passed, label="parsed")


def _changed(answer: Answer) -> st.SearchStrategy[Answer]:
    if not isinstance(answer, Response):
        return st.integers(0, len(answer) - 1).flatmap(
            lambda place: changed(answer[place]).map(lambda message: (*answer[:place], message, *answer[place + 1 :]))
        )
    headers = st.fixed_dictionaries(
        {},
        optional={
            "retry-after": st.sampled_from(("0", "1", "-1", "x", "1e9", "Mon, 05 Jan 2026 09:00:00 GMT", "9" * 400)),
            "x-ratelimit-remaining": st.sampled_from(("0", "-1", "", "0, 0;w=1", "٣")),
            "x-ratelimit-reset": st.sampled_from(("1", "1e3", "nan", "99999999999")),
            "content-type": st.sampled_from(("text/html", "application/vnd.apache.arrow.stream", "")),
            "x-hyperdb-status": changed(answer.headers.get("x-hyperdb-status", "{}").encode()).map(
                lambda text: text.decode("latin-1")
            ),
        },
    )
    statuses = (
        st.just(answer.status) | st.just(answer.status) | st.sampled_from((202, 204, 301, 400, 404, 429, 500, 503))
    )
    same = st.just(answer.headers) | headers.map(lambda more: {**answer.headers, **more})
    return st.builds(Response, statuses, same, changed(answer.body) | st.just(answer.body))


def test_a_message_that_is_no_protobuf_is_a_lost_answer(org: Emulator) -> None:
    conversation = recorded(org, "hyper", talk.rows)
    place = next(place for place, answer in enumerate(conversation.answers) if not isinstance(answer, Response))
    with pytest.raises(ConnectionLostError):
        conversation.replayed(place, (b"2",))


def test_an_arrow_answer_without_a_stream_is_one_without_rows() -> None:
    with Emulator(quirks=Quirks(arrow_when_empty="absent")) as org:
        found = recorded(org, "rest-v2", lambda connection: connection.cursor().execute("SELECT 1 LIMIT 0", arrow=True))
    assert len(found.answers) == 3
