"""The catalogue says what the wire spec counts. Source: wire spec, account-engagement, opening and §5, §20."""

from __future__ import annotations

from pathlib import Path

import pytest

import datacloud_dbapi
from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.errors import NotSupportedError, ProgrammingError

OBJECTS = catalogue().objects


def test_it_holds_all_that_was_counted() -> None:
    every = OBJECTS.values()
    assert len(every) == 39
    assert sum(len(one.fields) for one in every) == 811
    assert sum(len(one.filters) for one in every) == 581
    assert sum(len(one.exports) for one in every) == 65
    assert len(catalogue().errors) == 208
    assert sum("update" in one.operations for one in every) == 13
    assert sum("delete" in one.operations for one in every) == 12
    assert sum("query" in one.operations for one in every) == 37
    called = [action for one in every for action in one.actions.values() if action.method == "POST"]
    # Without addBatch, which is a path of its own.
    assert sum("/do/" in action.path for action in called) == 46
    assert list(catalogue().visitor_activity_types) == list(range(1, 39))


def test_the_emulator_has_its_own_copy_of_it() -> None:
    root = Path(datacloud_dbapi.__file__).parents[1]
    copies = [root / package / "engagement" / "catalogue.json" for package in ("datacloud_dbapi", "datacloud_emulator")]
    assert copies[0].read_bytes() == copies[1].read_bytes()


@pytest.mark.parametrize(
    ("name", "filters"),
    [
        ("Prospect", {"id", "idGreaterThan", "createdAtAfterOrEqualTo", "email", "userIdIsNull", "userIdIsNotNull"}),
        ("Folder", {"parentFolderIdIsNull"}),
        ("Visit", {"prospectIdIsNotNull"}),
        ("Opportunity", {"closedAtIsNull"}),
    ],
)
def test_filters_are_spelled_with_their_suffix(name: str, filters: set[str]) -> None:
    assert filters <= set(OBJECTS[name].filters)


@pytest.mark.parametrize(
    ("name", "not_on_query"),
    [
        ("BulkAction", {"percentComplete", "errorsRef"}),
        ("DynamicContent", {"baseContent"}),
        ("Email", {"htmlMessage", "textMessage"}),
        ("EmailTemplate", {"htmlMessage", "textMessage"}),
        ("Export", {"fields", "resultRefs"}),
        ("FormField", {"description"}),
        (
            "LandingPage",
            {"scriptFragment", "layoutCss", "layoutCssGenerated", "content", "openingGeneralContent", "regionContent"},
        ),
    ],
)
def test_fields_that_only_a_read_gives(name: str, not_on_query: set[str]) -> None:
    assert not_on_query <= {field.name for field in OBJECTS[name].fields.values() if field.read and not field.query}


@pytest.mark.parametrize("name", ["Prospect", "prospect", "prospects", "PROSPECTS"])
def test_an_object_is_found_by_name_or_table(name: str) -> None:
    assert catalogue().find(name) is OBJECTS["Prospect"]


@pytest.mark.parametrize("name", ["visitor_page_views", "visitor-page-views", "VisitorPageView"])
def test_a_table_is_found_as_the_path_spells_it_too(name: str) -> None:
    assert catalogue().find(name) is OBJECTS["VisitorPageView"]


def test_an_unknown_object_is_refused_with_the_nearest() -> None:
    with pytest.raises(ProgrammingError) as caught:
        catalogue().find("prospcts")
    assert caught.value.hint == "did you mean 'prospects'?"
    with pytest.raises(ProgrammingError, match="is text, not int"):
        catalogue().find(3)  # type: ignore[arg-type]  # that is the point


def test_an_operation_that_is_not_offered_is_refused() -> None:
    with pytest.raises(NotSupportedError, match="Campaign has no delete") as caught:
        OBJECTS["Campaign"].need("delete")
    assert caught.value.hint == "version 5 offers: query, read"
    with pytest.raises(NotSupportedError, match="Form has no action 'undeleted'") as caught:
        OBJECTS["Form"].action("undeleted")
    assert caught.value.hint == "did you mean undelete?"
    with pytest.raises(NotSupportedError) as caught:
        OBJECTS["Visit"].action("addTag")
    assert caught.value.hint == "it has none"
