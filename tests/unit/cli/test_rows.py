"""Records as rows: their columns are those of the first page. Source: public surface, §5."""

from __future__ import annotations

from datacloud_dbapi.cli.rows import BATCH_ROWS, batches_of
from datacloud_dbapi.services.profile import Profile
from datacloud_dbapi.types import NUMBER, TypeCode
from tests.unit.driver.services_script import PERSON, described, on_stage, rows


def test_the_columns_are_those_of_the_first_page() -> None:
    first = rows({"Id__c": "1", "KQ_Id__c": "k", "Extra__c": "x"}, done=False)
    second = rows({"Id__c": "2", "Extra__c": "y", "Age__c": 7, "Late__c": 1})
    scene, profile = on_stage(Profile, described(PERSON), first, second)
    found = profile.find("Demo_Person__dlm", None, fields="Id__c,KQ_Id__c", page_size=1)
    columns = found.columns
    assert [column.name for column in columns] == ["Id__c", "KQ_Id__c", "Extra__c"]
    assert len(scene.requests) == 2  # the description and a page
    names = [column.name for column in columns]
    assert list(batches_of(found, names)) == [[("1", "k", "x"), ("2", None, "y")]]
    # Those that came along later are known from then on, by their types.
    assert [column.name for column in found.columns] == [*names, "Age__c", "Late__c"]
    assert TypeCode(found.columns[3].type) == NUMBER


def test_batches() -> None:
    records = [{"a": number} for number in range(2 * BATCH_ROWS + 1)]
    assert [len(batch) for batch in batches_of(records, ["a"])] == [BATCH_ROWS, BATCH_ROWS, 1]
    assert list(batches_of([], ["a"])) == []
