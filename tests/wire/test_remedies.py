"""Which right is missing is found out of the file itself."""

import errno
import grp
import os
from pathlib import Path

import pytest

from secours import texts
from secours.languages import LANGUAGES
from secours.message import our_user
from secours.wire import remedies

REFUSED = PermissionError(errno.EACCES, "Permission denied")
OTHERS = 54321  # a group that has no name and that nobody is in

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="run as root: it gives away")


def device(folder: Path, mode: int, group: int) -> str:
    path = folder / "ttyUSB7"
    path.touch()
    os.chown(path, 0, group)
    path.chmod(mode)
    return str(path)


def test_of_a_device_of_a_group_its_group_is_named(tmp_path: Path) -> None:
    ours = {os.getegid(), *os.getgroups()}
    entry = next(g for g in grp.getgrall() if g.gr_gid not in ours)

    facts = remedies.of_device(device(tmp_path, 0o660, entry.gr_gid), REFUSED)

    named = {"user": our_user(), "group": entry.gr_name}
    assert facts == {"problem": "join-group", **named}


def test_a_group_without_a_name_is_called_by_its_number(tmp_path: Path) -> None:
    facts = remedies.of_device(device(tmp_path, 0o660, OTHERS), REFUSED)

    assert facts["group"] == str(OTHERS)


@pytest.mark.parametrize(
    ("mode", "group", "error", "problem"),
    [
        pytest.param(0o600, OTHERS, errno.EACCES, "of-another-user", id="no group"),
        pytest.param(0o620, OTHERS, errno.EACCES, "of-another-user", id="write only"),
        pytest.param(0o660, 0, errno.EACCES, "of-another-user", id="in it already"),
        pytest.param(0o660, OTHERS, errno.EPERM, "device-kept-away", id="sandbox"),
    ],
)
def test_a_group_is_named_only_where_it_would_help(
    tmp_path: Path, mode: int, group: int, error: int, problem: str
) -> None:
    path = device(tmp_path, mode, group)

    facts = remedies.of_device(path, PermissionError(error, ""))

    assert facts == {"problem": problem, "what": path}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_remedy_is_said_in_the_detail_in_each_language(
    tmp_path: Path, language: str
) -> None:
    facts = remedies.of_device(device(tmp_path, 0o660, OTHERS), REFUSED)

    detail = texts.detail(language, "permission", facts)

    assert our_user() in detail
    assert str(OTHERS) in detail
    assert texts.detail(language, "permission", {}) in detail
