"""docs/webhooks.md and examples/webhooks.py: they run and show what they say, and the tables name what there is."""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import get_type_hints

import pytest
import uvicorn

from datacloud_dbapi import webhooks
from datacloud_emulator.webhooks import WebhookTarget
from tests.docs.pages import DOCS, ROOT, blocks, dead_links, run_python

PAGE = DOCS / "webhooks.md"
TEXT = PAGE.read_text(encoding="utf-8")
PYTHON = [text for language, text in blocks(PAGE) if language == "python"]
SHOWN = [text for language, text in blocks(PAGE) if not language]
SECRET = "c3ludGhldGljLXdlYmhvb2stc2lnbmluZy1rZXktMDAwMQ=="
RECEIVE, SEND, VERIFY, ONCE = range(4)


def test_the_page_has_the_examples_that_are_run() -> None:
    assert (len(PYTHON), len(SHOWN), dead_links(PAGE)) == (4, 2, [])


@pytest.mark.parametrize(("example", "shown"), [(VERIFY, 0), (ONCE, 1)])
def test_an_example_prints_what_the_page_shows(example: int, shown: int) -> None:
    assert run_python(PYTHON[example], os.environ) == SHOWN[shown]


@pytest.mark.sockets
def test_the_app_gets_what_the_emulator_sends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATACLOUD_WEBHOOK_SECRET", SECRET)
    (tmp_path / "receive.py").write_text(PYTHON[RECEIVE], encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    server = uvicorn.Server(uvicorn.Config("receive:app", log_level="warning", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            here = f"127.0.0.1:{listening.getsockname()[1]}"
            assert run_python(PYTHON[SEND].replace("127.0.0.1:8000", here), os.environ) == "[204]\n"
        finally:
            server.should_exit = True
            thread.join()
    assert capfd.readouterr().out == "UPDATE Demo_Spend__cio {'Total__c': 80} {'Total__c': 120}\n"


def test_the_example_app_runs() -> None:
    command = [sys.executable, "-W", "error", str(ROOT / "examples" / "webhooks.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "INSERT Demo_Spend__cio None → {'CustomerId__c': 'C-1001', 'Total__c': 80}",
        "UPDATE Demo_Spend__cio {'Total__c': 80} → {'Total__c': 120}",
        "sent twice: [204, 204]",
        "no handler of its own: Another_Action",
        "sent: [204]",
        "forged: [401]",
    ]


def names(table: str) -> set[str]:
    """What the first column of the table with this heading names."""
    (rows,) = re.findall(rf"^\| {table} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    return set(re.findall(r"`(\w+)`", " ".join(row.split("|")[1] for row in rows.splitlines())))


def test_the_tables_name_what_there_is() -> None:
    switches = {field.name for field in dataclasses.fields(WebhookTarget) if field.default is False}
    assert names("switch") == switches
    assert names("keyword") == set(inspect.signature(webhooks.verify).parameters) - {"body", "headers", "secrets"}
    attributes = {name for name, _ in inspect.getmembers(webhooks.Event) if not name.startswith("_")}
    assert names("attribute") == attributes | set(get_type_hints(webhooks.Event))


@pytest.mark.parametrize(
    ("keyword", "shown"),
    [("read_timeout", "`read_timeout`, 10 seconds"), ("handle_timeout", "`handle_timeout`, 30 seconds")],
)
def test_the_limits_are_those_of_the_code(keyword: str, shown: str) -> None:
    default = inspect.signature(webhooks.Receiver).parameters[keyword].default
    assert f"`{keyword}`, {default:g} seconds" == shown
    assert shown in TEXT
    assert inspect.signature(webhooks.Receiver).parameters["max_body"].default == 16 * 1024 * 1024
