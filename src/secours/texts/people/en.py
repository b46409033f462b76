"""English: what is said of people's own words."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    # what rests on a person's word
    "state.declared": "DECLARED",
    "declared": "declared by {by}",
    "why.declared": "{name} declared down by {by}[ for {since_s}]|{name} declared down",
    "why.confirm": "{name} distrusted by {by}, to be confirmed"
    "|{name} distrusted, to be confirmed",
    "note.confirm": "{what} distrusted by {by}: to be confirmed since {time}",
    "reason.pinned": "another one was chosen[ by {by}]",
    "pinned.not": "Without the pin:",
    # what is presumed, and what will end
    "why.suspect": "{name} presumed down[ for {since_s}]",
    "why.ending": "{name} on battery, soon empty",
    "presumed.mark": "{word}?",
    "at_risk.word": "at risk",
    "at_risk": "at risk with {what}",
    "until": "until about {time}",
    "untried": "not tried for {since_s}|never tried",
    "untried.word": "test overdue",
    "mind": "Mind:",
    # what must not be used
    "unsafe": "Do not use:",
    "unsafe.why": "compromised[, {by}][ {time}]",
    "announce.unsafe": "Do not use {channel}: compromised.",
    # what is not verified, and what may fall with what
    "may_need": "may depend on {what}",
    "why.may_need": "{name} may depend on {what}|{name} unverified",
    "tested.by": "tested by {by}",
    "else.unknown": "what {name} needs is not known: it may fall with it",
    "else.unknown.word": "needs not known",
    "else.not_on": "not on {what}",
    "else.skipped": "{names}: same risk as {use} ({what})",
    # an exercise
    "exercise": "EXERCISE",
    "exercise.fails": "played as failed: {what}",
    "exercise.until": "until {time}",
    # an announcement; also sent as SMS, so it is short
    "announce.title": "Tell people",
    "announce.use": "{time} {line}: use {channel}.",
    "announce.nothing": "{time} {line}: no usable channel.",
    "announce.not": "Not {channel}.",
    "announce.on": "{line}: send this by {channel}; read it out by {read} ({used} of "
    "{limit} characters)|{line}: send this by {channel} ({used} of {limit} "
    "characters)|{line}: read this out by {read} ({used} of {limit} characters)",
    "announce.by_hand": "{line}: no channel is left to send this, tell it by messenger"
    " ({used} of {limit} characters)",
    "announce.told": "told by {by} at {time} on {on}",
}
