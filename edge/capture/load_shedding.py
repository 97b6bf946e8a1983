"""How much of the work to do when the computer cannot keep up: fewer poses first, fewer pictures last, and slowly back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

Load = Literal["full", "fewer_poses", "fewer_pictures"]

LEAST_POSE_HZ: Final = 1.5
"""Below this, key frames no longer find somebody again who steps aside (a third of the usual rate)."""
WINDOW_NS: Final = 1_000_000_000
"""Long enough for several key frames."""
BUSY: Final = 0.85
"""Share of the time at work above which the next picture is likely to come too early."""
HALF_BUSY: Final = 0.60
"""Pictures that are dropped or late are the fault of this computer only if it is at least this busy; a network drops them too."""
IDLE: Final = 0.45
"""Mean share of the time at work below which more can be tried: a step up of a quarter stays below `HALF_BUSY`."""
IDLE_AT_HALF: Final = 0.35
"""The same while every second picture is left out: twice as many must still fit below `BUSY`."""
MOST_DROPPED: Final = 0.10
LATE_NS: Final = 250_000_000
DOWN: Final = 0.7
UP: Final = 1.25
FIRST_PATIENCE: Final = 4
MOST_PATIENCE: Final = 32
"""Windows without overload before a step up; doubled each time that a step up did not hold."""
HOLDS_AFTER: Final = 8
"""A step up that was well for this many windows holds."""


@dataclass(slots=True)
class _Window:
    began_ns: int
    counts: bool = True
    pictures: int = 0
    worked_ns: int = 0
    dropped: int = 0
    late: int = 0


class LoadShedding:
    """Judges once a second how busy one worker was. Pure: times come with the pictures.

    Args:
        pose_hz: what is wished for; never exceeded.
        window_ns: how long it looks before it judges.

    Attributes:
        pose_hz: key-frame poses a second and pupil that can be afforded now.
        pictures_left_out: so far.
    """

    def __init__(self, pose_hz: float, window_ns: int = WINDOW_NS) -> None:
        self._wished_hz, self._window_ns = pose_hz, window_ns
        self._floor_hz = min(LEAST_POSE_HZ, pose_hz)
        self.pose_hz = pose_hz
        self.pictures_left_out = 0
        self._halved = False
        self._odd = False
        self._window: _Window | None = None
        self._ended_ns = 0
        self._calm: deque[float] = deque(maxlen=MOST_PATIENCE)
        """Shares of the time at work of the windows since the last step."""
        self._behind = 0
        self._patience = FIRST_PATIENCE
        self._since_up: int | None = None

    @property
    def load(self) -> Load:
        """What is being shed."""
        if self._halved:
            return "fewer_pictures"
        return "full" if self.pose_hz >= self._wished_hz else "fewer_poses"

    def wants(self) -> bool:
        """Whether to look at the picture that is there; while pictures are shed, every second one is left out."""
        self._odd = self._halved and not self._odd
        if self._odd:
            self.pictures_left_out += 1
        return not self._odd

    def worked(self, began_ns: int, took_ns: int, age_ns: int, dropped: int) -> None:
        """A picture was looked at.

        Args:
            began_ns: when its work began; increases.
            took_ns: how long it took.
            age_ns: how old the picture was when its work began.
            dropped: pictures that a newer one replaced since the last call.
        """
        if self._window is None or began_ns - self._ended_ns > 3 * self._window_ns:
            # Nobody counted for a while: that says nothing about the load, and looking for all pupils comes once.
            self._window = _Window(began_ns, counts=False)
        elif began_ns - self._window.began_ns >= self._window_ns:
            if self._window.counts:
                self._judge(self._window, began_ns)
            self._window = _Window(began_ns)
        window, self._ended_ns = self._window, began_ns + took_ns
        window.pictures += 1
        window.worked_ns += took_ns
        window.dropped += dropped
        window.late += age_ns > LATE_NS

    def _judge(self, window: _Window, now_ns: int) -> None:
        busy = window.worked_ns / (now_ns - window.began_ns)
        behind = window.dropped > MOST_DROPPED * (window.pictures + window.dropped) or window.late > window.pictures / 2
        # One window of key frames that fall together says little; two in a row do.
        self._behind = self._behind + 1 if behind and busy > HALF_BUSY else 0
        if busy > BUSY or self._behind > 1:
            self._less()
        else:
            self._calm.append(busy)
            calm = list(self._calm)[-self._patience :]
            if len(calm) >= self._patience and sum(calm) / len(calm) < (IDLE_AT_HALF if self._halved else IDLE):
                self._more()
        if self._since_up is not None:
            self._since_up += 1
            if self._since_up > HOLDS_AFTER:
                self._since_up, self._patience = None, max(self._patience // 2, FIRST_PATIENCE)

    def _less(self) -> None:
        self._calm.clear()
        self._behind = 0
        if self._since_up is not None:
            self._since_up, self._patience = None, min(2 * self._patience, MOST_PATIENCE)
        if self.pose_hz > self._floor_hz:
            self.pose_hz = max(self._floor_hz, DOWN * self.pose_hz)
        else:
            self._halved = True

    def _more(self) -> None:
        if self.load == "full":
            return
        self._calm.clear()
        self._since_up = 0
        if self._halved:
            self._halved = False
        else:
            self.pose_hz = min(self._wished_hz, UP * self.pose_hz)
