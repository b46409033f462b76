"""Programme of the town: none, a timetable, or a story."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from secours.demo.labels import Words
from secours.demo.timetable import TIMETABLE, Announce, follow
from secours.demo.tour import END, STEPS, Tour, TourStage, TourStep
from secours.model.story import Story

Narrate = Callable[[Story | None], None]


class Programme:
    """Player of one timetable or story, until somebody acts by hand."""

    def __init__(
        self,
        stage: TourStage,
        announce: Announce,
        narrate: Narrate,
        *,
        command: str,
        stopped: Callable[[], object] = lambda: None,
    ) -> None:
        """Play on a stage; `command` is suggested to people at the end.

        `narrate` shows the story's words on the screens, `stopped` is called when an
        action by hand ends it.
        """
        self._stage = stage
        self._announce = announce
        self._narrate = narrate
        self._end = {name: said.format(command=command) for name, said in END.items()}
        self._stopped = stopped
        self._tour: Tour | None = None
        self._playing: asyncio.Task[None] | None = None

    @property
    def is_playing(self) -> bool:
        """Return whether it is playing."""
        return self._playing is not None and not self._playing.done()

    def play_timetable(self) -> None:
        """Follow the timetable, in a loop."""
        self._begin(follow(self._stage, TIMETABLE, self._announce))

    def play_tour(self) -> None:
        """Play the story from its start, or go on where it was paused."""
        if self._tour is not None and self.is_playing:
            self._tour.pause(paused=False)
            return
        tour = Tour()
        self._begin(self._told(tour))
        self._tour = tour

    def next(self) -> bool:
        """Go to the next step of the story; False where none is played."""
        if self._tour is None or not self.is_playing:
            return False
        self._tour.next()
        return True

    def pause(self) -> bool:
        """Stay at this step of the story; False where none is played."""
        if self._tour is None or not self.is_playing:
            return False
        self._tour.pause()
        return True

    def take_over(self) -> None:
        """Stop the programme, as somebody acted by hand."""
        was_playing = self.is_playing
        self._cancel()
        self._narrate(None)
        if was_playing:
            self._stopped()

    async def close(self) -> None:
        """Stop, and wait until it has stopped."""
        self._cancel()
        if self._playing is not None:
            await asyncio.gather(self._playing, return_exceptions=True)

    def _begin(self, playing: Coroutine[Any, Any, None]) -> None:
        self._cancel()
        self._narrate(None)
        self._playing = asyncio.create_task(playing)

    def _cancel(self) -> None:
        self._tour = None
        if self._playing is not None:
            self._playing.cancel()

    async def _told(self, tour: Tour) -> None:
        await tour.play(self._stage, self._tell)
        self._say(Story(words=self._end))

    def _tell(self, number: int, step: TourStep) -> None:
        self._say(Story(step=number, steps=len(STEPS), words=step.words))

    def _say(self, story: Story) -> None:
        words: Words = story.words
        self._announce(words)
        self._narrate(story)
