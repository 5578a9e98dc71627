"""The command `datacloud`: queries, listings and a local Data Cloud from the shell.

Only this file loads before it is known that click and rich are there. Source: public surface, §5.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, 1 (it failed), 2 (usage) or 130 (interrupted)."""
    try:
        import click  # noqa: F401 - asked for here to be able to say what is missing
        import rich  # noqa: F401
    except ImportError as error:
        sys.stderr.write(f"datacloud: {error.name} is not installed; pip install 'datacloud-dbapi[cli]'\n")
        return 1
    from datacloud_dbapi.cli.app import run

    return run(list(sys.argv[1:] if argv is None else argv))
