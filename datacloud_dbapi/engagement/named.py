"""Every object of the catalogue as an attribute of the client.

For types, `named.pyi` beside this lists them one by one: `python -m tests.typing.engagement_names` makes it.
"""

from __future__ import annotations

from typing import Any, Generic

from datacloud_dbapi.engagement.catalogue import catalogue
from datacloud_dbapi.flow.method import R


class Named(Generic[R]):
    """`client.prospects` and its like; what each is, `client.object` says."""

    def __getattr__(self, name: str) -> Any:
        if name not in catalogue().tables:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        return self.object(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *catalogue().tables]
