"""Records of the services in scripted conversations: how a list is paged and ends, and what its rows become.

Source: wire spec, profile §4.2, §5.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from datacloud_dbapi.errors import (
    DatabaseError,
    DataError,
    OperationalError,
    ProtocolError,
)
from datacloud_dbapi.flow.effects import Response
from datacloud_dbapi.services.profile import Profile
from tests.unit.driver.scripted import json_answer
from tests.unit.driver.services_script import ADA, ADA_SENT, ALL, PERSON, described, on_stage, rows, sent


class TestPaging:
    """§5: what ends a list, and what must be the same on all of its pages."""

    def test_every_page_in_the_same_total_order(self) -> None:
        ids = [{"Id__c": f"p-{n}"} for n in range(5)]
        scene, profile = on_stage(
            Profile, described(PERSON), rows(*ids[:2], done=False), rows(*ids[2:4], done=False), rows(ids[4])
        )
        found = profile.find("Demo_Person__dlm", None, fields="Id__c", orderby="Age__c", page_size=2)
        assert len(scene.requests) == 2  # further pages come when they are wanted
        assert list(found) == ids
        queries = [sent(scene, number)[1] for number in (1, 2, 3)]
        assert {query["orderby"] for query in queries} == {"Age__c ASC,Id__c ASC,KQ_Id__c ASC"}
        assert [(query["limit"], query.get("offset")) for query in queries] == [("2", None), ("2", "2"), ("2", "4")]
        assert list(found) == []
        assert found.first() is None

    def test_a_full_page_that_is_done_ends_it(self) -> None:
        scene, profile = on_stage(Profile, described(PERSON), rows({"Id__c": "1"}, {"Id__c": "2"}))
        assert len(profile.find("Demo_Person__dlm", None, fields="Id__c", page_size=2).all()) == 2
        assert len(scene.requests) == 2

    @pytest.mark.parametrize("done", [False, None])
    def test_a_short_page_that_is_not_done_is_followed_by_another(self, done: bool | None) -> None:
        # The samples have `done` false with three rows: cut short, or wrong about the end.
        for more in ([], [{"Id__c": "3"}]):
            scene, profile = on_stage(
                Profile,
                described(PERSON),
                rows({"Id__c": "1"}, {"Id__c": "2"}, done=done),
                rows(*more, done=done),
                rows(done=done),
            )
            found = profile.find("Demo_Person__dlm", None, fields="Id__c").all()
            assert [record["Id__c"] for record in found] == ["1", "2", *(row["Id__c"] for row in more)]
            assert sent(scene)[1]["offset"] == str(2 + len(more))

    def test_an_empty_page_ends_it(self) -> None:
        scene, profile = on_stage(Profile, described(PERSON), rows(done=False))
        assert profile.find("Demo_Person__dlm", None).all() == []
        assert len(scene.requests) == 2

    def test_a_service_that_does_not_hear_the_offset_is_no_endless_loop(self) -> None:
        page = rows({"Id__c": "1", "KQ_Id__c": None}, done=False)
        _, profile = on_stage(Profile, described(PERSON), page, page)
        found = profile.find("Demo_Person__dlm", None, fields="Id__c,KQ_Id__c")
        assert found.first() == {"Id__c": "1", "KQ_Id__c": None}
        with pytest.raises(ProtocolError, match="same as the one before"):
            found.first()

    def test_without_the_key_pages_may_be_alike(self) -> None:
        page, second = rows({"Surname__c": "Ito"}, done=False), rows({"Id__c": "2", "Surname__c": "Ito"}, done=False)
        third = rows({"Id__c": "3", "Surname__c": "Ito"}, done=False)
        scene, profile = on_stage(Profile, described(PERSON), page, second, third, rows())
        found = profile.find("Demo_Person__dlm", None, fields="Surname__c", page_size=1)
        assert found.all() == [{"Surname__c": "Ito"}] * 3
        asked = [sent(scene, number)[1]["fields"] for number in range(1, 5)]
        assert asked == ["Surname__c", *["Surname__c,Id__c,KQ_Id__c"] * 3]

    def test_nor_is_there_an_endless_loop_without_the_key(self) -> None:
        page, same = rows({"Surname__c": "Ito"}, done=False), rows({"Id__c": "1", "Surname__c": "Ito"}, done=False)
        _, profile = on_stage(Profile, described(PERSON), page, same, same)
        with pytest.raises(ProtocolError, match="same as the one before"):
            profile.find("Demo_Person__dlm", None, fields="Surname__c").all()

    def test_the_limit_is_the_callers_whatever_the_page_has(self) -> None:
        some = [{"Id__c": str(n)} for n in range(4)]
        scene, profile = on_stage(Profile, described(PERSON), rows(*some[:2], done=False), rows(*some[2:], done=False))
        found = profile.find("Demo_Person__dlm", None, fields="Id__c", limit=3, page_size=2).all()
        assert found == some[:3]
        assert [sent(scene, number)[1]["limit"] for number in (1, 2)] == ["2", "1"]

    def test_no_records_wanted_none_asked_for(self) -> None:
        scene, profile = on_stage(Profile, described(PERSON))
        assert profile.find("Demo_Person__dlm", None, limit=0).all() == []
        assert len(scene.requests) == 1

    def test_a_page_that_was_lost_is_asked_for_again(self) -> None:
        _, profile = on_stage(
            Profile,
            described(PERSON),
            rows({"Id__c": "1"}, done=False),
            json_answer({"message": "not now"}, 403),
            rows({"Id__c": "2"}),
        )
        found = profile.find("Demo_Person__dlm", None, fields="Id__c")
        assert found.first() == {"Id__c": "1"}
        with pytest.raises(OperationalError, match="not now"):
            found.first()
        assert found.first() == {"Id__c": "2"}

    def test_an_object_without_a_key_is_ordered_by_all_that_is_seen(self) -> None:
        old = {key: value for key, value in PERSON.items() if key not in ("primaryKeys", "indexes", "relationships")}
        scene, profile = on_stage(Profile, described(old), rows())
        profile.find("Demo_Person__dlm", None, fields=["Surname__c", "Age__c"], orderby="Age__c DESC")
        assert sent(scene)[1]["orderby"] == "Age__c DESC,Surname__c ASC"


class TestRows:
    """§4.2: what stands in a row."""

    @pytest.mark.parametrize("row", [{"Id__c": "1"}, {"Id__c": "1", "Surname__c": None}])
    def test_null_is_left_out_or_said(self, row: dict[str, Any]) -> None:
        _, profile = on_stage(Profile, described(PERSON), rows(row))
        assert profile.get("Demo_Person__dlm", "1", fields="Id__c,Surname__c").all() == [
            {"Id__c": "1", "Surname__c": None}
        ]

    def test_names_in_lower_case_are_the_metadatas(self) -> None:
        _, profile = on_stage(Profile, described(PERSON), rows({"id__c": "1", "surname__c": "x"}))
        assert profile.get("Demo_Person__dlm", "1", fields="Id__c,Surname__c").first() == {
            "Id__c": "1",
            "Surname__c": "x",
        }

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("1994-01-21T00:00:00", dt.datetime(1994, 1, 21)),
            ("1994-01-21T00:00:00.000Z", dt.datetime(1994, 1, 21)),
            ("1994-01-21 05:06:07", dt.datetime(1994, 1, 21, 5, 6, 7)),
            ("1994-01-21T05:06:07+02:00", dt.datetime(1994, 1, 21, 3, 6, 7)),
        ],
    )
    def test_a_moment_in_every_spelling(self, text: str, moment: dt.datetime) -> None:
        _, profile = on_stage(Profile, described(PERSON), rows({"Seen__c": text}))
        (record,) = profile.get("Demo_Person__dlm", "1", fields="Seen__c")
        assert record["Seen__c"] == moment.replace(tzinfo=dt.timezone.utc)

    def test_a_value_of_another_type_is_named_after_the_good_records(self) -> None:
        _, profile = on_stage(Profile, described(PERSON), rows({"Age__c": 1}, {"Age__c": "old"}, {"Age__c": 3}))
        found = profile.get("Demo_Person__dlm", "1", fields="Age__c")
        assert found.first() == {"Age__c": Decimal(1)}
        for _ in range(2):
            with pytest.raises(DataError, match=r"Demo_Person__dlm: Column 'Age__c', row 2: .* is no NUMERIC"):
                found.first()
        with pytest.raises(DataError):
            found.all()

    def test_a_number_keeps_every_digit(self) -> None:
        body = b'{"data":[{"Age__c":12345678901234567890.123456789012345678},{"Age__c":9007199254740993}],"done":true}'
        _, profile = on_stage(Profile, described(PERSON), Response(200, {}, body))
        assert [record["Age__c"] for record in profile.get("Demo_Person__dlm", "1", fields="Age__c")] == [
            Decimal("12345678901234567890.123456789012345678"),
            Decimal(9007199254740993),
        ]

    def test_what_else_an_answer_says_is_left_aside(self) -> None:
        answer = {"data": [{"Id__c": "1"}], "done": True, "rowCount": 9, "queryId": "q", "metadata": {}, "startTime": 1}
        _, profile = on_stage(Profile, described(PERSON), json_answer(answer))
        assert profile.get("Demo_Person__dlm", "1", fields="Id__c").all() == [{"Id__c": "1"}]

    @pytest.mark.parametrize(
        "body",
        [
            b"{}",
            b"[]",
            b'{"data":{},"done":true}',
            b'{"data":[1],"done":true}',
            b'{"data":[],"done":"yes"}',
            b'{"data":[{"Id__c":"1","Id__c":"2"}],"done":true}',
            b'{"data":[{"Id__c":"1","id__c":"2"}],"done":true}',
        ],
    )
    def test_another_shape_is_an_error(self, body: bytes) -> None:
        _, profile = on_stage(Profile, described(PERSON), Response(200, {}, body))
        with pytest.raises(ProtocolError):
            profile.get("Demo_Person__dlm", "1", fields="Id__c")

    def test_an_error_that_comes_as_a_success(self) -> None:
        _, profile = on_stage(Profile, described(PERSON), json_answer({"error": "Oops", "errorCode": "X"}))
        with pytest.raises(DatabaseError, match="Oops"):
            profile.get("Demo_Person__dlm", "1")

    def test_arrow_and_frames(self) -> None:
        pa = pytest.importorskip("pyarrow", reason="an extra")
        pytest.importorskip("pandas", reason="an extra")
        answers = [described(PERSON), Response(200, {}, ADA_SENT), Response(200, {}, ADA_SENT), rows()]
        _, profile = on_stage(Profile, *answers)
        table = profile.get("Demo_Person__dlm", "p-1").to_arrow()
        assert table.to_pylist() == [ADA]
        assert table.schema.field("Age__c").type == pa.decimal128(38, 18)
        assert table.schema.field("Seen__c").type == pa.timestamp("us", tz="UTC")
        frame = profile.get("Demo_Person__dlm", "p-1").to_df()
        assert (frame["Age__c"][0], frame["Surname__c"][0]) == (ADA["Age__c"], "Ada")
        empty = profile.get("Demo_Person__dlm", "p-2").to_arrow()
        assert (empty.num_rows, empty.schema.names) == (0, ALL.split(","))
