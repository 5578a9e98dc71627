"""What the fuzz tests put into answers is the same in every example, or a failure could not be played again."""

from __future__ import annotations

from hypothesis import given

from tests.fuzz.mutations import ODD, changed_json

AS_WRITTEN = repr(ODD)


@given(changed_json(b'{"a":[1,{}]}'))
def test_an_odd_value_is_not_changed_where_it_was_put(body: bytes) -> None:
    assert repr(ODD) == AS_WRITTEN
