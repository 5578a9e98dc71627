"""A pytest fixture: `datacloud_emulator`, one running `Emulator` for the whole session.

It serves the bundled sample org, or the folders that the ini option `datacloud_emulator_data` names (relative to the
ini file). Nothing of the emulator is loaded before a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from datacloud_emulator.emulator import Emulator

_OPTION = "datacloud_emulator_data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(_OPTION, "data folders served by the fixture datacloud_emulator", type="paths", default=[])


@pytest.fixture(scope="session", name="datacloud_emulator")
def _datacloud_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A running local Data Cloud, shared by every test of the session.

    choice: where the engine cannot run, tests that ask for it fail with its one line rather than vanish.
    """
    from datacloud_emulator.emulator import Emulator

    with Emulator(request.config.getini(_OPTION) or None) as emulator:
        yield emulator
