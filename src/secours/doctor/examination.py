"""All looks at the machine, made at once and within a time-out."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping

from secours.doctor import (
    clock_sync,
    hub,
    machine,
    notices,
    packages,
    printer,
    resolver,
    screens_port,
    serial_ports,
    standby,
    storage,
)
from secours.doctor.finding import Case, FindingLevel, MachineFinding
from secours.message import Message, message

Look = Callable[[Case], Iterable[MachineFinding]]

LIMIT_S = 12.0  # more than any look takes by itself
LOOKS: Mapping[str, Look] = {
    "python": machine.python,
    "sandbox": machine.sandbox,
    "packages": packages.look,
    "icmp": machine.icmp,
    "paths": machine.paths,
    "serial": serial_ports.look,
    "modemmanager": serial_ports.modemmanager,
    "clock": clock_sync.look,
    "resolver": resolver.look,
    "disk": storage.disk,
    "memory": storage.memory,
    "port": screens_port.look,
    "hub": hub.look,
    "printer": printer.look,
    "standby": standby.look,
    "notices": notices.proof,
    "calls": notices.calls,
}


def examine(
    case: Case, looks: Mapping[str, Look] = LOOKS, limit_s: float = LIMIT_S
) -> tuple[MachineFinding, ...]:
    """Return all findings, in the order of the looks."""
    findings: dict[str, tuple[MachineFinding, ...]] = {}

    def keep(topic: str, look: Look) -> None:
        try:
            findings[topic] = tuple(look(case))
        except Exception as error:  # noqa: BLE001 -- the others are to be told
            said = message("commands.doctor.defect", what=type(error).__name__)
            findings[topic] = (_unknown(topic, said),)

    threads = [
        threading.Thread(target=keep, args=each, daemon=True) for each in looks.items()
    ]
    ends_s = time.monotonic() + limit_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ends_s - time.monotonic()))
    late = message("commands.doctor.late", limit=round(limit_s))
    by_topic = dict(findings)
    return tuple(
        finding
        for topic in looks
        for finding in by_topic.get(topic, (_unknown(topic, late),))
    )


def _unknown(topic: str, said: Message) -> MachineFinding:
    return MachineFinding(topic=topic, level=FindingLevel.UNKNOWN, message=said)
