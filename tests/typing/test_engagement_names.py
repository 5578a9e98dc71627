"""What editors complete is what there is. Source: wire spec, account-engagement §20."""

from __future__ import annotations

from tests.typing.engagement_names import STUB, stub


def test_the_stub_is_the_catalogues() -> None:
    assert STUB.read_text(encoding="utf-8") == stub(), "run: python -m tests.typing.engagement_names"


def test_it_names_objects_fields_filters_and_orders() -> None:
    text = STUB.read_text(encoding="utf-8")
    for line in (
        "    def visitor_page_views(self) -> VisitorPageViewService[R]: ...",
        "    idGreaterThan: int",
        "    updatedAtAfterOrEqualTo: datetime",
        "    userIdIsNull: bool",
    ):
        assert f"\n{line}\n" in text
    assert "LifecycleStageProspect" not in text  # nothing can be asked of it
