"""The plan on one sheet of A4, for the day when no screen works.

The order of each line, how to use each channel, the last resort, the date and the
version of the plan; and one line of at most 160 characters to read out over the
radio. With states only where known, and their time, as paper ages.
"""

import math
from collections.abc import Iterator
from itertools import product

from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace

from secours import texts
from secours.model.snapshot import Link, Recommendation, Snapshot
from secours.outside_text import LONGEST
from secours.render import badges, standby, styles, templates
from secours.render.escape import plain
from secours.render.wall.card_text import SENTENCE
from secours.render.wall.rungs import badge_of
from secours.render.wording import caveats, do_not_use, watch
from secours.render.wording.localizer import Localizer, hour
from secours.render.wording.receivers import misses, reasons
from secours.render.wording.silence import orders
from secours.render.wording.sites import opinion

RADIO = 160
SIZES_PT = (12.0, 11.0, 10.0, 9.5, 9.0, 8.5, 8.0, 7.5, 7.0)
WIDE_MM, HIGH_MM = 186.0, 275.0  # A4 less its margins
PT_MM = 25.4 / 72
LETTER, LEADING = 0.56, 1.25  # of the type size: a usual letter, a row
HEAD, WARNING, TITLE = 1.7, 1.2, 1.15  # larger type, of the type size
GAP_MM = 2.5  # between the boxes of lines
HOW_PART, HALF_PART = 0.66, 0.46  # of the width: how to use a channel, a line's box
MOST_OPINIONS = 2  # of other sites
LONGEST_LAST = 1000  # characters of a last resort, as in the plan
HOW_LONG = 2 * LONGEST  # of how to use a channel, with its caveats
HOW_SHORT = 60  # characters of it, where the sheet is too full


class SheetEntry(Struct, frozen=True, kw_only=True):
    """One channel of a line: its number, its name, and its state where known."""

    number: int
    name: str
    state: str = ""
    use: bool = False


class SheetPart(Struct, frozen=True, kw_only=True):
    """One line of the plan on the sheet."""

    title: str
    entries: tuple[SheetEntry, ...]
    last: str
    use: bool = False  # the last resort


class Sheet(Struct, frozen=True, kw_only=True):
    """All words of the sheet, ready to be written as HTML or as text."""

    language: str
    site: str
    title: str
    printed: str
    version: str
    watch: str  # its holder, "" where nobody ever took it
    states: str  # their time, or that there are none
    standby: str  # role of one, if it comes from one
    example: str
    warned: str  # what must not be used, and that mains or our own link are down
    elsewhere: str  # second opinion of other sites
    radio: str
    parts: tuple[SheetPart, ...]
    orders: tuple[str, ...]  # for silence, of each audience that has some
    directory: tuple[tuple[str, str], ...]  # name and how


def sheet_html(
    snapshot: Snapshot, language: str, *, states: bool, script: str = ""
) -> Markup:
    """Return the sheet as a page that prints on one side of A4.

    Without `states` only the plan of the snapshot is used. `script` is the address of
    what prints it, where there is a server.
    """
    sheet = _sheet(snapshot, language, states=states)
    size, longest = _fitting(sheet)
    shown, left_out = _cut(sheet, size, longest)
    return templates.fill(
        "sheet.html",
        sheet.language,
        title=sheet.title,
        site=sheet.site,
        style=styles.sheet("print_button.css") + styles.sheet("sheet.css"),
        script=script,
        measures=_measures(size),
        sheet=shown,
        longest=longest,
        left_out=left_out,
    )


def sheet_text(
    snapshot: Snapshot, language: str, *, states: bool, how: bool = True
) -> str:
    """Return the sheet as text, without directory where `how` is not to be said."""
    sheet = _sheet(snapshot, language, states=states)
    return "\n".join(_rows(sheet if how else replace(sheet, directory=()))) + "\n"


def radio_line(snapshot: Snapshot, language: str, *, states: bool) -> str:
    """Return what to read out: at most 160 characters, what matters most first."""
    localizer = Localizer(snapshot, texts.language_of(language))
    lines = snapshot.recommendations
    time = hour(localizer.local(snapshot.at))
    site = plain(localizer.site, 40)
    heads = [f"{words}{localizer.say('colon')} " for words in (f"{site} {time}", time)]
    warned = f" {distrusted}." if (distrusted := do_not_use.names(localizer)) else ""
    # what must not be used stays true longest: it comes first
    for warning, names in product(dict.fromkeys((warned, "")), (4, 2, 1)):
        words = [
            _spoken(line.answered, localizer, states=states, names=names)
            for line in lines
        ]
        for head in heads:
            text = plain(f"{head}{localizer.series(words)}.{warning}", 999)
            if len(text) <= RADIO:
                return text
    for count in range(len(words) - 1, 0, -1):
        others = localizer.say("more.others", n=len(words) - count)
        some = localizer.series((*words[:count], others))
        text = plain(f"{heads[1]}{some}.", 999)
        if len(text) <= RADIO:
            return text
    return plain(f"{heads[1]}{localizer.series(words)}.", RADIO)


def true_at(localizer: Localizer) -> str:
    """Return when a snapshot was true, on the clock of its site."""
    at = localizer.local(localizer.snapshot.at)
    return f"{texts.written_date(localizer.language, at)} {hour(at)}"


# ------------------------------------------------------------------ what it says


def _sheet(snapshot: Snapshot, language: str, *, states: bool) -> Sheet:
    localizer = Localizer(snapshot, texts.language_of(language))
    time = true_at(localizer)
    lines = snapshot.recommendations
    names = [name for line in lines for name in line.planned]
    if states:  # those to use first: a full sheet is cut at the end of the directory
        uses = [line.answer.channel for line in lines if line.answer]
        names = [*uses, *(n for line in lines for n in line.completed_by), *names]
    return Sheet(
        language=localizer.language,
        site=plain(localizer.site, 60),
        title=localizer.say("sheet.title"),
        printed=localizer.say("sheet.printed", time=time),
        version=localizer.say("sheet.version", what=snapshot.plan_version[:12]),
        watch=watch.sentence(localizer),
        states=localizer.say(
            "sheet.states" if states else "sheet.no_states", time=time
        ),
        standby=standby.sentence(localizer, stale=not states),
        example=localizer.say("note.example") if snapshot.example else "",
        warned=_warned(localizer, states=states),
        elsewhere=". ".join(opinion.sentences(localizer)[:MOST_OPINIONS])
        if states
        else "",
        radio=radio_line(snapshot, language, states=states),
        parts=tuple(_part(line.answered, localizer, states=states) for line in lines),
        orders=tuple(orders.sentence(e, localizer, now=False) for e in snapshot.orders),
        directory=tuple(
            (plain(localizer.short_name(name), 60), _told(name, localizer))
            for name in dict.fromkeys(names)
        ),
    )


def _warned(localizer: Localizer, *, states: bool) -> str:
    """Return what must not be used, and why much may be unknown."""
    say, unsafe = localizer.say, do_not_use.sentence(localizer)
    words = [f"{unsafe}." if unsafe else ""]
    if states and localizer.snapshot.own_link is Link.DOWN:
        words.append(f"{say('own_link.down')}. {say('own_link.how')}")
    if states:
        words.append(caveats.on_battery(localizer))
    return " ".join(filter(None, words))


def _part(line: Recommendation, localizer: Localizer, *, states: bool) -> SheetPart:
    entries = (
        _entry(number, name, line, localizer, states=states)
        for number, (_, tier) in enumerate(line.tiers, 1)
        for name in tier
    )
    nothing = states and not line.measuring and line.answer is None
    why = f"{localizer.say('nothing')}." if nothing else localizer.say("sheet.last")
    return SheetPart(
        title=localizer.line(line.purpose, line.audience),
        entries=tuple(entries),
        last=f"{why} {plain(localizer.last_resort(line), LONGEST_LAST)}",
        use=nothing,
    )


def _told(name: str, localizer: Localizer) -> str:
    """Say how to use a channel, after a warning if it must not be used."""
    safe = do_not_use.trusted([name], localizer.snapshot)
    said = ["" if safe else _warning(localizer), _how(name, localizer)]
    return " · ".join(filter(None, said)) or "—"


def _warning(localizer: Localizer) -> str:
    return localizer.say("unsafe").rstrip(" :\u00a0\u202f").upper()


def _how(name: str, localizer: Localizer) -> str:
    """Return how to use a channel, and its users' caveats."""
    view = localizer.snapshot.by_name.get(name)
    known = localizer.in_language(view.mind) if view else ""
    how = localizer.how_shown(name)
    return f"{how} ({plain(known)})" if how and known else how or plain(known)


def _entry(
    number: int, name: str, line: Recommendation, localizer: Localizer, *, states: bool
) -> SheetEntry:
    called = plain(localizer.short_name(name), 60)
    answer = line.answer
    if not states or (line.measuring and answer is None):
        safe = do_not_use.trusted([name], localizer.snapshot)
        state = "" if safe else _warning(localizer)
        return SheetEntry(number=number, name=called, state=state)
    use = answer is not None and answer.channel == name
    parts = [_state(name, line, localizer)]
    if use:
        why = caveats.unverified(line, localizer)
        word = caveats.measuring_rank(line, localizer) if line.measuring else ""
        parts += [*filter(None, [why]), word or localizer.say("use_this")]
        parts += caveats.reach(line, localizer)
        parts += filter(None, [misses.sentence(line, localizer)])
    return SheetEntry(number=number, name=called, state=" · ".join(parts), use=use)


def _state(name: str, line: Recommendation, localizer: Localizer) -> str:
    """Return the state of a channel; a battery has its end, which stays true."""
    view = localizer.snapshot.by_name.get(name)
    standing = localizer.for_line(name, line) if view else None
    word = badge_of(name, localizer, line).word
    if standing is None or standing.until is None or not badges.ends(standing):
        return word
    ends = localizer.say("until", time=localizer.time(standing.until.utc))
    reach = line.receivers.get(name)
    if not (reach and reach.lost):
        return ends
    if not reasons.is_unheard(reach):
        word = localizer.say("state.in_part")
    return f"{word} · {ends}"


def _spoken(
    line: Recommendation, localizer: Localizer, *, states: bool, names: int
) -> str:
    """Return a line of the plan to read aloud: use and backup, or the order."""
    head = f"{plain(localizer.heading(line), 60)}{localizer.say('colon')}"
    if states and line.measuring:
        head = f"{head} {localizer.say('measuring')},"
    last = plain(localizer.last_resort(line), 60).rstrip(".")
    answer = line.answer
    if not states or (line.measuring and answer is None):
        order = do_not_use.trusted(line.planned, localizer.snapshot)
        if order:
            then = f", {localizer.say('measuring.then')} "
            return f"{head} {then.join(map(localizer.short_name, order[:names]))}"
        answer = None
    if answer is None:
        return f"{head} {localizer.say('nothing.rank')}. {last}"
    use, spare = f"{head} {localizer.short_name(answer.channel)}", line.backup
    other = localizer.short_name(spare.channel) if spare else ""
    in_doubt = reasons.needs_last_resort(answer, localizer)
    if in_doubt or not answer.verified:
        use = f"{use}, {localizer.say('unverified.word')}"
    if in_doubt:
        other = SENTENCE.split(last)[0].rstrip(".")
    otherwise = localizer.say("else").rstrip(" :\u00a0\u202f").lower()
    return f"{use}, {otherwise} {other}" if other and names > 1 else use


# ------------------------------------------------------------------ on paper


def _measures(size: float) -> str:
    """Write the lengths computed here for the stylesheet."""
    return (
        f"--size: {size:g}pt; --leading: {LEADING}; --wide: {WIDE_MM}mm;"
        f" --head: {HEAD}em; --warning: {WARNING}em; --title: {TITLE}em;"
        f" --gap: {GAP_MM}mm"
    )


def _fitting(sheet: Sheet) -> tuple[float, int]:
    """Choose the largest type that fits on the page, and how much of each how."""
    for longest in (HOW_LONG, HOW_SHORT):
        for size in SIZES_PT:
            if _height_mm(sheet, size, longest) <= HIGH_MM:
                return size, longest
    return SIZES_PT[-1], HOW_SHORT


def _cut(sheet: Sheet, size: float, longest: int) -> tuple[Sheet, int]:
    """Cut to one page from the end of the directory; count the rest."""
    entries, parts = len(sheet.directory), len(sheet.parts)
    shown = sheet
    while (entries or parts) and _height_mm(shown, size, longest) > HIGH_MM:
        entries, parts = (entries - 1, parts) if entries else (0, parts - 1)
        shown = replace(
            sheet, directory=sheet.directory[:entries], parts=sheet.parts[:parts]
        )
    return shown, len(sheet.directory) - entries + len(sheet.parts) - parts


def _height_mm(sheet: Sheet, size: float, longest: int) -> float:
    """Return about how high the sheet is in type of this size."""
    row = size * PT_MM * LEADING
    letters = WIDE_MM / (size * PT_MM * LETTER)
    boxes = [_part_mm(part, row, letters * HALF_PART) for part in sheet.parts]
    pairs = (max(boxes[at : at + 2]) + GAP_MM for at in range(0, len(boxes), 2))
    name_wide, how_wide = letters * (1 - HOW_PART), letters * HOW_PART
    table = (
        max(_rows_of(name, name_wide), _rows_of(how[:longest], how_wide)) * row + 1.3
        for name, how in sheet.directory
    )
    head = _rows_of(f"{sheet.site} {sheet.title}", letters / HEAD) * row * HEAD
    texts = (sheet.radio, sheet.states, *filter(None, (sheet.watch, sheet.elsewhere)))
    rest = sum(_rows_of(text, letters) for text in texts) + 4.0
    rest += sum(_rows_of(text, letters) + 0.4 for text in sheet.orders)
    rest += 2.5 * bool(sheet.orders)
    if sheet.warned:
        rest += _rows_of(sheet.warned, letters / WARNING) * WARNING + 2
    framed = 9 * (bool(sheet.example) + bool(sheet.standby))
    return head + rest * row + 22 + framed + sum(pairs) + sum(table)


def _part_mm(part: SheetPart, row: float, letters: float) -> float:
    entries = sum(
        _rows_of(f"00 {each.name} {each.state}", letters) * row + 0.6 + each.use
        for each in part.entries
    )
    words = _rows_of(part.title, letters / TITLE) * TITLE
    words += _rows_of(part.last, letters)
    return entries + words * row + 4


def _rows_of(text: str, letters: float) -> int:
    return max(1, math.ceil(len(text) / max(letters, 1)))


# ------------------------------------------------------------------ as text


def _rows(sheet: Sheet) -> Iterator[str]:
    say = sheet.language
    head = f"{sheet.site} · {sheet.title}", f"{sheet.printed} · {sheet.version}"
    notes = (sheet.watch, sheet.states, sheet.elsewhere, sheet.warned)
    yield from filter(None, (sheet.standby, sheet.example, *head, *notes))
    for part in sheet.parts:
        yield from ("", part.title)
        for entry in part.entries:
            mark = ">" if entry.use else " "
            yield f"{mark} {entry.number}  {entry.name}  {entry.state}".rstrip()
        yield f"{'>' if part.use else ' '} {part.last}"
    if sheet.orders:
        yield from ("", texts.say(say, "orders.title"))
        yield from (f"  {text}" for text in sheet.orders)
    if sheet.directory:
        yield from ("", texts.say(say, "sheet.how"))
    widest = max((len(name) for name, _ in sheet.directory), default=0)
    for name, how in sheet.directory:
        yield f"  {name.ljust(widest)}  {how}".rstrip()
    yield from ("", texts.say(say, "sheet.radio"), f"  {sheet.radio}")
