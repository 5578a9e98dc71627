"""The protective lines, and for each a test that fails without it. CONTRIBUTING.md lists them (`table`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """`text` stands once in the file `path`; with `instead` in its place, `test` fails."""

    name: str
    path: str
    text: str
    instead: str
    test: str


LINES = (
    Line(
        "the rows of a result are counted",
        "datacloud_dbapi/transports/rest_v2.py",
        "if handle.stated_total is not None and handle.stated_total != handle.rows_seen:",
        "if False:",
        "tests/faults/test_page_contents.py::test_a_row_count_that_fits_nothing",
    ),
    Line(
        "a page that may be lost is not asked for again",
        "datacloud_dbapi/flow/retry.py",
        "PAGE = Repeatable(after_unclear=False)",
        "PAGE = Repeatable()",
        "tests/faults/test_pages.py::test_a_lost_page_fails_the_result_and_leaves_the_rows_given",
    ),
    Line(
        "the id just used is not used again",
        "datacloud_dbapi/transports/rest_v2.py",
        "if next_id == used:",
        "if False:",
        "tests/faults/test_page_ids.py::test_the_id_just_used_is_not_asked_for_again",
    ),
    Line(
        "a statement that may have arrived is not sent again",
        "datacloud_dbapi/flow/retry.py",
        "SUBMIT = Repeatable(after_unclear=False)",
        "SUBMIT = Repeatable()",
        "tests/faults/test_submit.py::test_what_may_have_arrived_is_not_sent_again",
    ),
    Line(
        "one flow renews the token for all",
        "datacloud_dbapi/auth/tokens.py",
        "            if token is None or (yield from _stale(token)):\n",
        "            if True:\n",
        "tests/faults/test_tokens.py::test_eight_at_once_log_in_once",
    ),
    Line(
        "a token goes to no other host",
        "datacloud_dbapi/auth/hosts.py",
        'if parts.scheme == "https" and not self._allows(parts.hostname or ""):',
        "if False:",
        "tests/faults/test_tokens.py::test_no_request_goes_where_no_token_may",
    ),
    Line(
        "an answer is no larger than allowed",
        "datacloud_dbapi/flow/body.py",
        "if self._unpacked.tell() + len(chunk) > self._limit:",
        "if False:",
        "tests/unit/driver/test_sync.py::test_a_body_may_fill_its_limit_and_no_more",
    ),
    Line(
        "a gzip stream has its end",
        "datacloud_dbapi/flow/body.py",
        "if self._unpacker is not None and self._fed and not self._unpacker.eof:",
        "if False:",
        "tests/unit/driver/test_sync.py::test_gzip_that_was_cut_is_never_whole",
    ),
    Line(
        "what a service says is redacted",
        "datacloud_dbapi/error_bodies.py",
        '_SECRETS.sub("***", text[: 64 * limit])',
        "text[: 64 * limit]",
        "tests/faults/test_secrets.py::test_a_service_that_repeats_a_secret_is_not_quoted",
    ),
    Line(
        "an error leaves the frames behind that hold secrets",
        "datacloud_dbapi/flow/sync.py",
        "            raise without_frames(error, outside)  # noqa: B904 - it is the same error\n",
        "            raise\n",
        "tests/unit/driver/test_secrets_in_frames.py::test_no_frame_cause_or_context_of_a_failure_shows_a_secret",
    ),
    Line(
        "Ctrl-C cancels the query",
        "datacloud_dbapi/cursor.py",
        "            self._abandon()\n            raise\n        finally:",
        "            raise\n        finally:",
        "tests/faults/test_interrupts.py::test_ctrl_c_ends_the_call_and_leaves_the_connection[query-sql-blocking]",
    ),
    Line(
        "a forked child keeps away from its parent's connection",
        "datacloud_dbapi/flow/life.py",
        "        if self._owner != _process:\n            raise",
        "        if False:\n            raise",
        "tests/faults/test_processes.py::test_a_forked_child_leaves_its_parents_connection_alone",
    ),
    Line(
        "a closed connection is not used",
        "datacloud_dbapi/flow/life.py",
        "        if self._ended:\n",
        "        if False:\n",
        "tests/faults/test_life.py::test_what_is_closed_says_so",
    ),
    Line(
        "closing a connection ends the calls that wait on it",
        "datacloud_dbapi/flow/sync.py",
        "            self._sockets.shut_down()\n",
        "",
        "tests/faults/test_interrupts.py::test_closing_a_connection_ends_the_call_that_waits_on_it[query-sql]",
    ),
)


def table() -> str:
    rows = [f"| {line.name} | `{line.path}` | `{line.test.removeprefix('tests/')}` |" for line in LINES]
    return "\n".join(["| what holds | where | the test that fails without it |", "|---|---|---|", *rows])
