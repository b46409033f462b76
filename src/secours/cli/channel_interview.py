"""The channels of a plan, asked by the words of people and tried one by one."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.cli import check, state_text
from secours.cli.conversation import Conversation
from secours.cli.plan_draft import PlanDraft
from secours.config import catalogue
from secours.config.catalogue import ChannelKind, Suggestion
from secours.config.edit import questions
from secours.config.edit.limits import without_tokens
from secours.config.edit.questions import (
    ANOTHER_WAY,
    HOST,
    PORT,
    ChannelQuestion,
)
from secours.config.reader.mistakes import BadConfig
from secours.config.reader.values import LONGEST_HOW, bounded
from secours.doctor.found_servers import AUTODISCOVER, MX, FoundServer
from secours.message import BadValue, Message, message
from secours.model.observed import Evidence, Reason
from secours.model.plan import Config
from secours.model.sections.channel import Channel
from secours.model.snapshot import USABLE, Snapshot, State

TRY_S = 5.0  # of one test, as somebody waits
KIND_OF = {"sip": "sip-trunk", "smtp": "email-onprem"}
KIND_OF |= {"imap": "email-onprem", MX: "email-onprem", AUTODISCOVER: "email-onprem"}
HOSTED = {"outlook.com": "email-m365", "google.com": "gmail-workspace"}  # ends of MX
MODEM_KIND = "sms-operator-a"
AGAIN, ANEW, KEPT, LEFT_OUT = range(4)
AFTER_FAILURE = (
    message("commands.init.failed.again"),
    message("commands.init.failed.anew"),
    message("commands.init.failed.keep"),
    message("commands.init.failed.leave-out"),
)


class FoundAnswers(Struct, frozen=True, kw_only=True):
    """Servers and modems to offer as answers."""

    servers: tuple[FoundServer, ...] = ()
    ports: tuple[str, ...] = ()

    def default(self, kind: str, option: str) -> str:
        """Return what an option of a probe type may be here, empty if unknown."""
        if option == PORT:
            return next(iter(self.ports), "")
        types = {kind, MX} if kind == "smtp" else {kind}
        of = [each for each in self.servers if each.of in types and option == HOST]
        return next((f"{s.host}:{s.port}" if s.port else s.host for s in of), "")


def hold(talk: Conversation, draft: PlanDraft, offer: FoundAnswers) -> None:
    """Ask for all channels, those found here offered."""
    kinds = catalogue.load().kinds
    names = [*map(kind_of, offer.servers), *([MODEM_KIND] if offer.ports else [])]
    fresh = dict.fromkeys(name for name in names if name not in draft.kinds)
    default = ", ".join(kinds[name].label.in_(talk.language) for name in fresh)
    question = message("commands.init.ask.channels")
    while words := talk.ask(question, partial(_words, draft), default):
        for word in words:
            if kind := _kind(talk, word):
                _channel(talk, draft, word, kind, offer)
        if draft.config is not None:
            question, default = message("commands.init.ask.more"), ""


def kind_of(server: FoundServer) -> str:
    """Return the kind of channel that a server is of."""
    hosted = (kind for end, kind in HOSTED.items() if server.host.endswith(end))
    return next(hosted, KIND_OF[server.of])


def _words(draft: PlanDraft, text: str) -> list[str]:
    """Read channels separated by commas; raise BadValue for none of an empty plan."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words and draft.config is None:
        raise BadValue("commands.init.needed")
    return words


def _kind(talk: Conversation, word: str) -> str:
    """Return the kind that a word means, empty if none; a guess is asked."""
    names = questions.certain(word)
    if len(names) == 1:
        return names[0]
    if names := names or questions.meant(word):
        known = catalogue.load().kinds
        options = [known[name].label.in_(talk.language) for name in names]
        options.append(texts.say(talk.language, "commands.init.none-of-these"))
        question = message("commands.init.ask.which", word=word)
        names = names[talk.choose(question, options, "") :]
    if not names:
        talk.say("commands.init.unknown-word", word=word)
    return names[0] if names else ""


def _channel(
    talk: Conversation, draft: PlanDraft, word: str, name: str, offer: FoundAnswers
) -> None:
    """Ask for one channel, and try it until it is done with."""
    kind = catalogue.load().kinds[name]
    key = draft.free(questions.name_of(word) or name)
    talk.show("", texts.in_words(talk.language, catalogue.about(kind)))
    if kind.mind.in_(talk.language):
        talk.say("commands.kinds.mind", words=kind.mind)
    values: dict[str, Any] = {"kind": name}
    if name in draft.kinds:
        values["label"] = talk.ask(message("commands.init.ask.label"), bounded, word)
    short = partial(bounded, longest=LONGEST_HOW)
    if how := talk.ask(_or_none(message("commands.init.ask.how")), short):
        values["how"] = how
    while not _probed(talk, draft, key, kind, values, offer):
        pass


def _probed(
    talk: Conversation,
    draft: PlanDraft,
    key: str,
    kind: ChannelKind,
    values: Mapping[str, Any],
    offer: FoundAnswers,
) -> bool:
    """Ask for a probe and try it; tell whether its questions are done with."""
    suggested = questions.wanted(kind)
    probe = None
    if suggested:
        keep = partial(draft.keep_secret, key)
        probe = _asked(talk, suggested, offer, keep)
    probe = probe or questions.unasked(kind)
    if probe is None or kind.people:
        values = {**values, "test": questions.BY_PEOPLE}
    ways = questions.ways(probe, suggested) if probe else []
    try:
        draft.put(key, values, probe, talk.language)
        while ways:
            if _tried(talk, draft, key, values, ways):
                return True
            options = [texts.in_words(talk.language, each) for each in AFTER_FAILURE]
            question = message("commands.init.ask.failed")
            choice = talk.choose(question, options, str(KEPT + 1))
            if choice == LEFT_OUT:
                draft.leave_out(key, talk.language)
            if choice != AGAIN:
                return choice != ANEW
    except BadConfig as bad:
        mistakes = (each.message for each in bad.mistakes)
        talk.show(*(texts.in_words(talk.language, each) for each in mistakes))
        return suggested is None  # else another answer may do
    talk.say("commands.init.by-people", name=key)
    return True


def _asked(
    talk: Conversation,
    suggestion: Suggestion,
    offer: FoundAnswers,
    keep_secret: Callable[[str, str], str],
) -> Mapping[str, Any] | None:
    """Return a probe as answered, None where its first answer is left out.

    `keep_secret` puts a secret away by its option, and returns its reference.
    """
    answers: dict[str, str] = {}
    for question in questions.of_probe(suggestion):
        if questions.is_of(question, answers):
            answer = _answer(talk, suggestion, question, offer)
            if not answer and not answers:
                return None
            tokens: Mapping[str, str] = {}
            if question.is_secret and answer:
                tokens = {question.option: answer}
                answer = f"${{typed:{question.option}}}"
            elif question.is_template:
                answer, tokens = without_tokens(answer, question.option)
            for name, token in tokens.items():
                kept = talk.remember(partial(keep_secret, name, token))
                answer = answer.replace(f"${{typed:{name}}}", kept)
            answers[question.option] = answer
    return questions.answered(suggestion, answers)


def _answer(
    talk: Conversation,
    suggestion: Suggestion,
    question: ChannelQuestion,
    offer: FoundAnswers,
) -> str:
    words = question.words if question.must else _or_none(question.words)
    default = offer.default(suggestion.type, question.option)
    return talk.ask(words, question.read, default, is_secret=question.is_secret)


def _or_none(question: Message) -> Message:
    return message("commands.init.ask.or-none", question=question)


def _tried(
    talk: Conversation,
    draft: PlanDraft,
    key: str,
    values: Mapping[str, Any],
    ways: Sequence[Mapping[str, Any]],
) -> bool:
    """Try the ways of a probe until one tells, and say what that proves.

    Where none does, the plan has the first, which is the surest.
    """
    trials = []
    for way in ways:
        draft.put(key, values, way, talk.language)
        hurried = partial(check.probe_once, _hurried(draft.plan), [key], talk.language)
        trials.append(talk.remember(hurried))
        if not _reasons(trials[-1][1]) & ANOTHER_WAY:
            break
    else:
        draft.put(key, values, ways[0], talk.language)
        trials = trials[:1]
    answer, shot = trials[-1]
    talk.show(*state_text.states(answer, shot, talk.language))
    if _reasons(shot) & check.OF_THIS_MACHINE:
        talk.show(texts.say(talk.language, "next.command", command="secours doctor"))
    standing = shot.channels[0].standing
    if standing.state is State.AVAILABLE:
        _say_more(talk, draft.plan.channels[key], standing.evidence)
    return standing.state in USABLE


def _reasons(shot: Snapshot) -> set[Reason]:
    return {probe.reason for probe in shot.channels[0].probes}


def _say_more(talk: Conversation, channel: Channel, reached: Evidence) -> None:
    """Name the probe of its kind that would prove more than was reached."""
    kind = catalogue.load().kinds[channel.kind or ""]
    if more := questions.more_proof(kind, reached):
        name, best = more
        proof = texts.say(talk.language, f"evidence.{best}")
        talk.say("commands.init.more-proof", type=name, proof=proof)


def _hurried(plan: Config) -> Config:
    """Return a plan whose probes are waited for no longer than a person waits."""
    channels = {
        name: replace(
            channel,
            probes=tuple(
                replace(probe, timeout_s=min(probe.timeout_s, TRY_S))
                for probe in channel.probes
            ),
        )
        for name, channel in plan.channels.items()
    }
    return replace(plan, channels=channels)
