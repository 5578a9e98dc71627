"""SQLAlchemy's dialect suite runs in a process of its own: its test plugin takes over collection.

`pytest -p sqlalchemy.testing.plugin.pytestplugin tests/conformance/test_sqlalchemy_suite.py` runs it, on the database
that `setup.cfg` names; any other run leaves it alone.
"""

from __future__ import annotations

from pathlib import Path

import pytest

PLUGIN = "sqlalchemy.testing.plugin.pytestplugin"


def pytest_configure(config: pytest.Config) -> None:
    for marker in (
        "backend",
        "sparse_backend",
        "sparse_driver_backend",
        "memory_intensive",
        "timing_intensive",
        "mypy",
    ):
        config.addinivalue_line("markers", f"{marker}: SQLAlchemy's own")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    own_process = config.pluginmanager.has_plugin(PLUGIN)
    return True if collection_path.name == "test_sqlalchemy_suite.py" and not own_process else None
