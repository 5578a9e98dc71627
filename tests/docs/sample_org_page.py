"""docs/sqlalchemy/sample-org.md: the diagram of the sample org. Run it to rewrite the page."""

from __future__ import annotations

import sqlalchemy as sa

from datacloud_emulator import Emulator
from datacloud_sqlalchemy.diagram import er_diagram
from tests.docs.pages import DOCS

PAGE = DOCS / "sqlalchemy" / "sample-org.md"
HEAD = """# The sample org

The objects of the org that the emulator ships with, drawn from its reflected keys; objects without a key to another are
left out, and so are columns that are no keys. A line is labelled with the column that refers; both of its ends are
optional, as the service enforces no keys. The same for any org:

```console
python -m datacloud_sqlalchemy.diagram datacloud://
```

`datacloud_sqlalchemy.diagram.er_diagram(metadata)` draws any `MetaData`. This page is made by
`python -m tests.docs.sample_org_page`.

"""


def page(org: Emulator) -> str:
    engine = sa.create_engine(org.url, connect_args={"http_transport": org.http_transport})
    metadata = sa.MetaData()
    metadata.reflect(engine)
    engine.dispose()
    return f"{HEAD}```mermaid\n{er_diagram(metadata)}```\n"


if __name__ == "__main__":
    with Emulator() as sample_org:
        PAGE.write_text(page(sample_org), encoding="utf-8")
