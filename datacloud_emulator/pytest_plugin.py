"""Two pytest fixtures: `datacloud_emulator`, one running `Emulator` for the whole session, and `datacloud_engagement`.

The first serves the bundled sample org, or the folders that the ini option `datacloud_emulator_data` names (relative to
the ini file). The second is fresh for each test and has Account Engagement alone. Nothing of the emulator is loaded
before a test asks for a fixture.
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


@pytest.fixture(name="datacloud_engagement")
def _datacloud_engagement() -> Iterator[Emulator]:
    """A running local Account Engagement with the sample's records, the test's own: a test may write to it.

    It needs no engine, and starts in milliseconds.
    """
    from datacloud_emulator.emulator import Emulator

    with Emulator(sql=False) as emulator:
        yield emulator
