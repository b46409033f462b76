"""Remedies for a missing right: facts beside the reason `permission`.

Source: path_resolution(7), "Permissions"; icmp(7), ping_group_range; socket(7),
SO_BINDTODEVICE; systemd.resource-control(5), DeviceAllow.
"""

import errno
import grp
import os
import stat
from collections.abc import Mapping

from secours.message import our_user
from secours.outside_text import plain

Facts = Mapping[str, str]


def of_device(path: str, error: OSError) -> Facts:
    """Return the remedy for a device that the system refuses us."""
    what = plain(path)
    try:
        facts = os.stat(path)
    except OSError:
        return {"problem": "may-not-read", "what": what, "user": our_user()}
    may_all = stat.S_IRGRP | stat.S_IWGRP
    in_group = facts.st_gid in (os.getegid(), *os.getgroups())
    if error.errno == errno.EPERM:  # the mode would be EACCES: a sandbox keeps it away
        return {"problem": "device-kept-away", "what": what}
    if facts.st_mode & may_all == may_all and not in_group:
        group = group_name(facts.st_gid)
        return {"problem": "join-group", "user": our_user(), "group": group}
    return {"problem": "of-another-user", "what": what}


def of_file(path: str) -> Facts:
    """Return who must read a file."""
    return {"problem": "may-not-read", "what": plain(path), "user": our_user()}


def of_echoes() -> Facts:
    """Return the remedy for ICMP: a right, or a group that may."""
    return {"problem": "needs-net-raw", "group": str(os.getegid())}


def group_name(number: int) -> str:
    """Return the name of a group, or its number where it has none."""
    try:
        return plain(grp.getgrgid(number).gr_name)
    except KeyError:
        return str(number)
