"""English: what is said of redundancy and of past outages."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # redundancy: what the plan rests on
    "page.redundancy": "Redundancy",
    "page.replay": "Past outages",
    "redundancy.refused": "The plan cannot be read[: {what}]",
    "redundancy.strength": "Strength of the plan",
    "redundancy.whatif": "What if…",
    "redundancy.tick": "Tick what fails",
    "redundancy.none": "Nothing is ticked: everything works.",
    "redundancy.until": "Look as far as",
    "redundancy.end": "the end",
    "redundancy.kind.channel": "Channels",
    "redundancy.line": "Line",
    "redundancy.use": "Use",
    "redundancy.else": "Else",
    "redundancy.left": "Left",
    "redundancy.picture": "What depends on what",
    "redundancy.picture.how": "An arrow points to what is needed; dashed: one of "
    "these is enough; ✖: fallen.",
    # replay: a recorded outage
    "replay.choose": "Outage",
    "replay.plan": "On which plan",
    "replay.plan.own": "our plan",
    "replay.plan.reference": "the reference plan",
    "replay.playing": "Playing the outage…",
    "replay.untouched": "Nothing in this plan is touched by this outage.",
    "replay.past": "An outage of the past: this is not how things are now.",
    "replay.minute": "Minutes after the start",
    "replay.at": "{time} after the start, {when} UTC",
    "replay.suspects.none": "Nothing is suspected.",
    "replay.suspects.more": "and {n} other possibilities",
    "replay.ladder": "What the tests see",
    "replay.ladder.how": "One row a channel, in the order of the plan; the "
    "white line is the chosen moment.",
    "replay.from": "From",
    "replay.seen": "Seen by the tests",
    "replay.answers": "What was recommended",
    "replay.score": "Score",
    "replay.without": "Without a channel",
    "replay.wrong": "On a channel that was down",
    "replay.changes": "Changes",
    "replay.all": "All lines",
    "replay.lesson": "Lesson",
    "replay.confidence": "How well it is documented",
    "confidence.high": "well",
    "confidence.medium": "fairly",
    "confidence.low": "poorly",
}
