"""Something that only so many flows may hold at a time, across every runner, thread and event loop of the process.

How it works: a flow joins and has its place at once, or is woken when it gets one; places go out in the order of
joining. Leaving gives a place back or ends the waiting for it, so whoever is interrupted leaves and nothing is lost.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Slots:
    """Places for flows. How many there are is said by who joins: some are more modest than others."""

    def __init__(self) -> None:
        self.taken = 0
        self._queue: deque[Place] = deque()
        # Reentrant: a forgotten flow may leave while the garbage collector runs in the middle of a change.
        self._changing = threading.RLock()

    def take(self, most: int) -> Place | None:
        """A place among `most` if one is free and nobody waits for it; else None."""
        with self._changing:
            if self._queue or self.taken >= most:
                return None
            self.taken += 1
            return Place(self, most, _nobody, granted=True)

    def join(self, most: int, wake: Callable[[], object]) -> Place:
        """A place among `most`. It is `granted` at once, or `wake` is called when it is, from whichever thread."""
        with self._changing:
            place = self.take(most)
            if place is None:
                place = Place(self, most, wake)
                self._queue.append(place)
        return place

    def leave(self, place: Place) -> None:
        """Give a place back, or wait for it no longer. A second time does nothing."""
        with self._changing:
            if place.granted:
                place.granted = False
                self.taken -= 1
            elif place in self._queue:
                self._queue.remove(place)
            self._admit()

    def _admit(self) -> None:
        while self._queue and self.taken < self._queue[0].most:
            place = self._queue.popleft()
            try:
                place.granted = True
                self.taken += 1
                place.wake()
            except RuntimeError:
                # Its event loop was closed under it: nobody is there to take the place.
                place.granted = False
                self.taken -= 1


class Place:
    """One flow's place, waited for until it is `granted`."""

    __slots__ = ("_slots", "granted", "most", "wake")

    def __init__(self, slots: Slots, most: int, wake: Callable[[], object], *, granted: bool = False) -> None:
        self._slots = slots
        self.most = most
        self.wake = wake
        self.granted = granted

    def leave(self) -> None:
        self._slots.leave(self)


def _nobody() -> None:
    """Whom a place wakes that was free."""
