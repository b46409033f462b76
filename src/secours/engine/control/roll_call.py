"""Roll call as people give it: how many of a group answered in a test.

A group goes by its name or label where it is unique among those of the channel's lines,
else by AUDIENCE/GROUP.
"""

from collections.abc import Iterable, Mapping

from secours.config.reader.mistakes import shown, suggestion
from secours.config.reader.synonyms import simple
from secours.engine.control.names import labels
from secours.engine.control.requests import RequestRefused
from secours.model.plan import Config
from secours.model.receivers.audiences import PeopleGroup, group_key
from secours.model.receivers.reach import RollCall
from secours.model.requests import GroupCalled

MOST_ASKED = 10**6  # people

Groups = Mapping[str, PeopleGroup]
"""Groups, by their names in the whole plan."""


def read(
    called: Iterable[GroupCalled], channel: str, config: Config, *, worked: bool
) -> dict[str, RollCall]:
    """Return how many answered of each group, by `group_key`.

    Raises:
        RequestRefused: no such group hears of the channel, or a number cannot be; or
            the test failed, and somebody answered, or it worked, and nobody did.
    """
    calls: dict[str, RollCall] = {}
    for each in called:
        key = _key(each.group, channel, config)
        if key in calls:
            raise RequestRefused("commands.asked.group-twice", name=shown(key))
        if not 0 <= each.answered <= each.asked <= MOST_ASKED or not each.asked:
            facts = {"answered": str(each.answered), "asked": str(each.asked)}
            raise RequestRefused("commands.asked.roll-call", **facts)
        if each.answered and not worked:
            failed = "commands.asked.failed-call"
            raise RequestRefused(failed, answered=each.answered, asked=each.asked)
        calls[key] = RollCall(answered=each.answered, asked=each.asked)
    if worked and calls and not any(each.answered for each in calls.values()):
        raise RequestRefused("commands.asked.silent-call")
    return calls


def _key(name: str, channel: str, config: Config) -> str:
    """Return the group meant, among those of the channel's lines."""
    lines = [ln for ln in config.plan if channel in dict(ln.order)]
    near = _groups_of({line.audience for line in lines}, config)
    if len(keys := _meant(name, near)) == 1:
        return keys[0]
    if keys:
        meant = suggestion("", keys)
        raise RequestRefused(
            "commands.asked.which-group", name=shown(name), meant=meant
        )
    if elsewhere := _meant(name, _groups_of(config.audiences, config)):
        audiences = ", ".join(key.partition("/")[0] for key in elsewhere)
        unknown = "commands.asked.not-for-audience"
        raise RequestRefused(unknown, channel=shown(channel), audience=audiences)
    names = [g.name for g in near.values()]
    written = [k if names.count(g.name) > 1 else g.name for k, g in near.items()]
    meant = suggestion(name, written)
    raise RequestRefused("commands.asked.no-group", name=shown(name), meant=meant)


def _groups_of(audiences: Iterable[str], config: Config) -> Groups:
    return {
        group_key(name, group.name): group
        for name, audience in config.audiences.items()
        if name in set(audiences)
        for group in audience.groups
    }


def _meant(name: str, groups: Groups) -> list[str]:
    """Return the groups with this name, else those with this label."""
    named = [key for key, group in groups.items() if name in (key, group.name)]
    wanted = simple(name)
    return named or [
        key for key, group in groups.items() if wanted in map(simple, labels(group))
    ]
