"""Forms of one channel: its few questions, and a try of each of its probes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st
from msgspec.structs import replace

from secours import texts
from secours.config import catalogue
from secours.config.catalogue import ChannelKind
from secours.config.edit import questions
from secours.config.edit.limits import without_tokens
from secours.config.edit.questions import ANOTHER_WAY, ChannelQuestion
from secours.dashboard.editing.fields import EditForm, typed
from secours.message import BadValue
from secours.model.observed import Evidence
from secours.model.plan import Config
from secours.model.requests import ChannelEdit, Edit, LineEdit
from secours.render.escape import literal

ADD = ""  # in the list of channels: another one
CHOSEN = "edit channel"  # in the session
OWN = ("label", "how")
PROBES = "probes"

Answers = dict[int, dict[str, str]]
"""The answers on probes, by number and option."""


class AskedField(NamedTuple):
    """A question on a probe, by its number, with its answer now."""

    number: int
    question: ChannelQuestion
    before: str = ""

    @property
    def name(self) -> str:
        """Return a name that no other field of the channel has."""
        return f"{self.question.option}-{self.number + 1}"


def draw(form: EditForm) -> None:
    """Ask for a channel, and show its form."""
    channels, add = form.config.channels, form.say("editing.channel.add")
    st.session_state.setdefault(CHOSEN, next(iter(channels)))
    chosen = st.selectbox(
        form.say("editing.channel"),
        [ADD, *channels],
        format_func=lambda name: form.words(channels[name].label) if name else add,
        key=CHOSEN,
    )
    if chosen in channels:
        _there(form, chosen)
    else:
        _new(form)


# ------------------------------------------------------------------ a new one


def _new(form: EditForm) -> None:
    """Ask for the name that people use, then for what that kind of channel needs."""
    key = form.key("word")
    with st.form(form.key("search"), border=False):
        form.text(key, form.say("editing.word"))
        form.submit("editing.search")
    word = (typed(key) or "").strip()
    names = questions.meant(word) if word else ()
    if word and not names:
        st.text(form.say("editing.word.unknown", word=word))
    if not names:
        return
    name, kinds = names[0], catalogue.load().kinds
    if questions.certain(word) != (name,):
        name = st.radio(
            form.say("editing.which"),
            names,
            format_func=lambda each: literal(form.words(kinds[each].label)),
            key=form.key("which", word),
        )
    _about(form, kinds[name])
    suggested = questions.wanted(kinds[name])
    asked = questions.of_probe(suggested) if suggested else ()
    fields = [AskedField(0, question) for question in asked]
    free = questions.free_name(questions.name_of(word) or name, form.config.channels)
    with st.form(form.key("new", name, free), border=False):
        _fields(form, free, fields, word)
        form.submit("editing.put", _add, free, name, fields)
    form.failed()


def _about(form: EditForm, kind: ChannelKind) -> None:
    st.text(form.words(catalogue.about(kind)))
    if words := form.words(kind.mind):
        st.text(form.say("commands.kinds.mind", words=words))


def _add(form: EditForm, name: str, of: str, fields: Sequence[AskedField]) -> None:
    """Add the channel that was asked for, and show its form."""
    kind = catalogue.load().kinds[of]

    def values(answers: Answers) -> dict[str, Any]:
        suggested, probe = questions.wanted(kind), questions.unasked(kind)
        if suggested and fields and answers[0].get(fields[0].question.option):
            answered = questions.answered(suggested, answers[0])
            probe, *_ = questions.ways(answered, suggested)
        by_people = probe is None or kind.people
        return {
            "kind": of,
            **({PROBES: [probe]} if probe else {}),
            **({"test": questions.BY_PEOPLE} if by_people else {}),
        }

    if _put(form, name, fields, values):
        st.session_state[CHOSEN] = name
        st.session_state[form.key("word")] = ""


# ------------------------------------------------------------------ one that is there


def _there(form: EditForm, name: str) -> None:
    channel, entry = form.config.channels[name], form.draft.tree["channels"][name] or {}
    kind, probes = _kind(form.config, name), _probes(entry)
    fields = [
        AskedField(number, *each)
        for number, probe in enumerate(probes)
        for each in questions.there(probe, kind)
    ]
    if kind:
        _about(form, kind)
    with st.form(form.key("there", name), border=False):
        _fields(form, name, fields)
        form.submit("editing.take", _change, name, probes, fields)
    form.failed()
    for number, probe in enumerate(channel.probes):
        _tried(form, name, number, probe.name)
    alone = len(form.config.channels) == 1
    form.button("editing.channel.out", _take_out, name, of=(name,), is_off=alone)


def _kind(config: Config, name: str) -> ChannelKind | None:
    kind = config.channels[name].kind
    return catalogue.kind_of(kind, config.own_kinds) if kind else None


def _probes(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = entry.get(PROBES) or []
    return [each for each in found if isinstance(each, Mapping) and "type" in each]


def _change(
    form: EditForm,
    name: str,
    probes: Sequence[Mapping[str, Any]],
    fields: Sequence[AskedField],
) -> None:
    kind = _kind(form.config, name)

    def values(answers: Answers) -> dict[str, Any]:
        edited = [
            questions.changed(probe, kind, answers.get(number, {}))
            for number, probe in enumerate(probes)
        ]
        return {PROBES: edited} if edited != [*probes] else {}

    _put(form, name, fields, values)


def _take_out(form: EditForm, name: str) -> None:
    """Take a channel out of the plan, and of its lines."""

    def edits() -> Iterator[Edit]:
        for line in form.config.plan:
            left = tuple(each for each, _ in line.order if each != name)
            if len(left) < len(line.order):
                purpose, audience = line.purpose, line.audience
                yield LineEdit(purpose=purpose, audience=audience, channels=left)
        yield ChannelEdit(name=name, values=None)

    if form.change(edits):
        st.session_state.pop(CHOSEN)


# ------------------------------------------------------------------ fields


def _own(form: EditForm, name: str, label: str = "") -> dict[str, str]:
    """Return the texts of a channel; one in several languages is edited in the file.

    A number is as it is written: `0470` is not 470.
    """
    if (channel := form.config.channels.get(name)) is None:
        return {**dict.fromkeys(OWN, ""), "label": label}
    entry = form.draft.tree["channels"][name] or {}
    shown = [each for each in OWN if not isinstance(entry.get(each), Mapping)]
    return {n: form.words(getattr(channel, n)) if n in entry else "" for n in shown}


def _fields(
    form: EditForm, name: str, fields: Sequence[AskedField], label: str = ""
) -> None:
    for own, text in _own(form, name, label).items():
        form.text(form.key(own, name), form.say(f"editing.{own}"), text)
    for each in fields:
        secret, words = each.question.is_secret, form.words(each.question.words)
        if form.visit.way or not secret:
            form.text(_key(form, name, each), words, each.before, is_secret=secret)
    _on_secrets(form, name, fields)


def _on_secrets(form: EditForm, name: str, fields: Sequence[AskedField]) -> None:
    """Say where secrets may be typed, and what keeps them."""
    if any("${" in each.before for each in fields):
        st.text(form.say("editing.secret.in-address"))
    if any(each.question.is_secret for each in fields):
        if not form.visit.way:
            st.text(form.say("editing.secret.open"))
        elif name in form.config.channels:
            st.text(form.say("editing.secret.kept"))


def _key(form: EditForm, name: str, field: AskedField) -> str:
    is_new = field.question.is_secret or "${" in field.before
    count = form.draft.taken if is_new else 0
    return form.key(name, field.name, str(count))


def _put(
    form: EditForm,
    name: str,
    fields: Sequence[AskedField],
    values: Callable[[Answers], Mapping[str, Any]],
) -> bool:
    """Change a channel as answered, and empty its secret fields."""
    draft, secrets, was = form.draft, dict[str, str](), _own(form, name)
    keys = {each.question.option: _key(form, name, each) for each in fields}
    keys |= {own: form.key(own, name) for own in OWN}

    def edits() -> Iterator[Edit]:
        answers = _answers(form, name, fields, secrets)
        now = {each: typed(keys[each]) for each in OWN}
        own = {
            n: now[n] or None for n, text in was.items() if now[n] not in (None, text)
        }
        if changes := {**own, **values(answers)}:
            yield ChannelEdit(name=name, values=changes)

    if not form.change(edits, keys):
        return False
    draft.secrets |= secrets
    draft.taken += 1
    draft.tried.clear()
    return True


def _answers(
    form: EditForm, name: str, fields: Sequence[AskedField], secrets: dict[str, str]
) -> Answers:
    """Read the answers; a secret is put into `secrets`, and referred to."""
    answers: Answers = {each.number: {} for each in fields}
    for each in fields:
        key, question = _key(form, name, each), each.question
        try:
            if not questions.is_of(question, answers[each.number]):
                continue
            answer = question.read(typed(key) or "")
            if question.is_template and answer != each.before:
                answer, tokens = without_tokens(answer, each.name)
                secrets |= {f"{name}/{k}": token for k, token in tokens.items()}
                if tokens and not form.visit.way:
                    raise BadValue("editing.secret.open")
        except BadValue as bad:
            form.draft.errors[key] = form.words(bad.message)
            continue
        if answer and question.is_secret:
            secrets[f"{name}/{each.name}"] = answer
            answer = f"${{typed:{each.name}}}"
        answers[each.number][question.option] = answer
    return answers


# ------------------------------------------------------------------ trying


def _tried(form: EditForm, name: str, number: int, called: str) -> None:
    """Offer to try a probe, and show what that proved."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(called)
        form.button("editing.try", _try, name, number, of=(name, str(number)))
    answer = form.draft.tried.get((name, number), {})
    kind = _kind(form.config, name)
    if refused := answer.get("refused"):
        st.text(form.say("editing.try.not", why=refused))
    elif answer:
        st.text(answer["text"])
        if answer["verdict"] != "ok":
            st.text(form.say("editing.try.failed"))
        elif kind and (
            more := questions.more_proof(kind, Evidence(answer["evidence"]))
        ):
            proof = texts.say(form.localizer.language, f"evidence.{more[1]}")
            st.text(form.say("commands.init.more-proof", type=more[0], proof=proof))


def _try(form: EditForm, name: str, number: int) -> None:
    """Try a probe; of a new one each variant until one answers, else keep the first."""
    draft, kind = form.draft, _kind(form.config, name)
    ways: Sequence[Mapping[str, Any]] = ()
    if kind and draft.is_new(name):
        (probe,) = _probes(draft.tree["channels"][name])
        ways = questions.ways(probe, questions.wanted(kind))
    for way in ways:
        draft.put(ChannelEdit(name=name, values={PROBES: [way]}))
        if _answer(form, name, number).get("reason") not in ANOTHER_WAY:
            return
    if ways:
        draft.put(ChannelEdit(name=name, values={PROBES: [ways[0]]}))
    else:
        _answer(form, name, number)


def _answer(form: EditForm, name: str, number: int) -> Mapping[str, Any]:
    request = replace(form.draft.request("try"), channel=name, probe=number)
    answer = form.ask(request) or {}
    form.draft.tried[name, number] = answer
    return answer
