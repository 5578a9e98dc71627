"""What may be sent again to Account Engagement, as the service's codes say it.

| request | too many at once (66), 429 | 503 | no answer, 5xx, ran too long (183, 202, 214, 244) |
|---|---|---|---|
| `READ` | yes | yes | yes |
| `CHANGE`: update and delete of one record by its id | yes | yes | yes |
| `CREATE`: create, upsert and every action | yes | no | no: the error says `maybe_applied` |

The day's calls used up (122), or its import batches (164): never, as no wait that fits would help.
Source: wire spec, faults rule 2 and E rows; account-engagement §10, where the faults page is the stricter one.
"""

from __future__ import annotations

from dataclasses import dataclass

from datacloud_dbapi.engagement.errors import code_of
from datacloud_dbapi.flow.effects import Flow, Response, draw
from datacloud_dbapi.flow.retry import Repeatable, RetryPolicy

_CROWDED = 66
_USED_UP = frozenset({122, 164})
_UNCLEAR = frozenset({183, 202, 214, 244})
_OTHER_TOKEN = frozenset({49, 184, 210, 211})


@dataclass(frozen=True, slots=True)
class Turn(RetryPolicy):
    """Waits for one of the few places of a business unit: a second and a little more, five tries in all."""

    def pause(self, attempt: int, waited: float, asked: float | None) -> Flow[float | None]:
        if attempt >= max(5, self.max_attempts):
            return None
        pause = asked if asked is not None else 1.0 + (yield from draw())
        return pause if waited + pause <= self.budget else None


@dataclass(frozen=True, slots=True)
class Resendable(Repeatable):
    """The codes decide, then the status."""

    def allows(self, response: Response) -> bool:
        code = code_of(response)
        if code == _CROWDED:
            return True
        if code in _USED_UP:
            return False
        if self.unclear(response):
            return self.after_unclear
        return Repeatable.allows(self, response)

    def unclear(self, response: Response) -> bool:
        return Repeatable.unclear(self, response) or code_of(response) in _UNCLEAR

    def refuses_token(self, response: Response) -> bool:
        code = code_of(response)
        return code in _OTHER_TOKEN if code is not None else response.status == 401

    def patience(self, response: Response, usual: RetryPolicy) -> RetryPolicy:
        if code_of(response) != _CROWDED:
            return usual
        return Turn(usual.max_attempts, usual.max_in_flight, budget=usual.budget)


READ = Resendable()
CHANGE = Resendable(writes=True)
CREATE = Resendable(after_503=False, after_unclear=False, writes=True)
