"""How a plan is edited on a day."""

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace
from plans import START, line

from model.days.random_plan import random_autonomy, random_channel, random_needs
from model.days.truth import Truth
from secours.languages import Text
from secours.model.plan import Config
from secours.model.sections.channel import Channel, Component, MaintenanceWindow


class Edits(Truth):
    """A day on which the plan is edited."""

    def replan(self) -> None:
        """Edit the plan: another need, another test, a channel less."""
        edits: tuple[Callable[[], Config], ...] = (
            self._other_needs,
            self._other_test,
            self._one_channel_less,
        )
        self.config = self.rng.choice(edits)()
        self.add(self.config)

    def _other_needs(self) -> Config:
        channels = dict(self.config.channels)
        each = self.rng.choice(list(channels.values()))
        needs = random_needs(self.rng, list(self.config.components))
        channels[each.name] = replace(each, needs=needs, needs_known=True)
        return replace(self.config, channels=channels)

    def _other_test(self) -> Config:
        channels = dict(self.config.channels)
        each = self.rng.choice(list(channels.values()))
        probes = tuple(replace(p, settings=f"since {self.second}") for p in each.probes)
        channels[each.name] = replace(each, probes=probes, how=Text("in another way"))
        return replace(self.config, channels=channels)

    def edit(self) -> None:
        """Edit one thing of the plan that is tested or waited for otherwise then."""
        edits: tuple[Callable[[], Config], ...] = (
            self._other_needs,
            self._other_needs_below,
            self._other_probe,
            self._other_battery,
            self._other_order,
            self._other_wait,
            self._other_window,
            self._other_path,
            self._one_channel_more,
            self._one_channel_less,
            self._one_line_more,
        )
        self.config = self.rng.choice(edits)()
        self.add(self.config)

    def _other_needs_below(self) -> Config:
        """Let a component need others, of those above it."""
        names = list(self.config.components)
        place = self.rng.randrange(len(names))
        needs = random_needs(self.rng, names[:place])
        part = replace(self.config.components[names[place]], needs=needs)
        components = {**self.config.components, part.name: part}
        return replace(self.config, components=components)

    def _other_probe(self) -> Config:
        """Let one test of a channel go another way; or all its ways count otherwise."""
        channels = [each for each in self.config.channels.values() if each.probes]
        if not channels:
            return self._other_needs()
        each = self.rng.choice(channels)
        one = self.rng.choice(each.probes)
        edits: tuple[dict[str, object], ...] = (
            {"via": self.rng.choice((None, *self.config.paths))},
            {"stale_after_s": self.rng.choice((90.0, 300.0, 2000.0))},
            {"required": not one.required},
        )
        edit = self.rng.choice(edits)
        probes = tuple(
            replace(p, **edit)
            if p is one or ("via" not in edit and p.way_of == one.way_of)
            else p
            for p in each.probes
        )
        channels_now = {**self.config.channels, each.name: replace(each, probes=probes)}
        return replace(self.config, channels=channels_now)

    def _other_battery(self) -> Config:
        recharge_s = self.rng.choice((None, 0.0, 60.0, 1200.0))
        return self._with(autonomy_s=random_autonomy(self.rng), recharge_s=recharge_s)

    def _other_window(self) -> Config:
        start = START + timedelta(seconds=int(self.second) + self.rng.randint(-50, 50))
        window = MaintenanceWindow(start=start, end=start + timedelta(seconds=100))
        return self._with(maintenance=self.rng.choice(((), (window,))))

    def _with(self, **options: object) -> Config:
        """Return the plan with a component or a channel that has this instead."""
        parts: list[Component | Channel] = [*self.config.components.values()]
        parts += self.config.channels.values()
        each = self.rng.choice(parts)
        room = "channels" if isinstance(each, Channel) else "components"
        others = {**getattr(self.config, room), each.name: replace(each, **options)}
        return replace(self.config, **{room: others})

    def _other_path(self) -> Config:
        """Let a path need something else, or have fewer references."""
        if not self.config.paths:
            return self._other_needs()
        each = self.rng.choice(list(self.config.paths.values()))
        needs = random_needs(self.rng, list(self.config.components))
        left = each.references[self.rng.choice((0, 0, 1, 2)) :]
        other = replace(each, needs=needs, references=left)
        return replace(self.config, paths={**self.config.paths, each.name: other})

    def _one_channel_more(self) -> Config:
        """Have another channel, the first to take; perhaps one that was there."""
        free = [
            n for n in map("c{}".format, range(99)) if n not in self.config.channels
        ]
        name = self.rng.choice(free)
        names, paths = list(self.config.components), list(self.config.paths)
        channels = {
            **self.config.channels,
            name: random_channel(self.rng, name, names, paths),
        }
        order = [name, *self.config.channels]
        config = replace(self.config, channels=channels)
        return replace(config, plan=(line(*order), *config.plan[1:]))

    def _one_line_more(self) -> Config:
        """Have another line, perhaps with a channel that nobody has tested yet."""
        config = self.rng.choice((self._one_channel_more, lambda: self.config))()
        names = self.rng.sample(list(config.channels), len(config.channels))
        more = line(*names, audience=f"people since {self.second}")
        return replace(config, plan=(*config.plan, more))

    def _other_order(self) -> Config:
        names = self.rng.sample(list(self.config.channels), len(self.config.channels))
        return replace(self.config, plan=(line(*names), *self.config.plan[1:]))

    def _other_wait(self) -> Config:
        wait_s = self.rng.choice((0.0, 60.0, 200.0))
        return replace(self.config, failback_after_s=wait_s)

    def _one_channel_less(self) -> Config:
        if len(self.config.channels) < 2:
            return self._other_needs()
        gone = self.rng.choice(list(self.config.channels))
        kept = {n: c for n, c in self.config.channels.items() if n != gone}
        lines = tuple(
            replace(
                each,
                tiers=tuple(
                    (tier, left)
                    for tier, names in each.tiers
                    if (left := tuple(n for n in names if n != gone))
                ),
            )
            for each in self.config.plan
        )
        plan = tuple(each for each in lines if each.tiers)
        return replace(self.config, channels=kept, plan=plan)
