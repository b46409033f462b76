"""Nagios, unprivileged, with one host and one service whose command is ours.

What it makes of the answer is in its status file, which it writes every second.
"""

import asyncio
import getpass
import grp
import os
import re
import shlex
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from servers.debian import found, needs

NEEDED = needs("nagios4", "nagios4-core")
LIMIT_S = 60.0
MAIN = """
cfg_file={folder}/objects.cfg
log_file={folder}/nagios.log
object_cache_file={folder}/objects.cache
precached_object_file={folder}/objects.precache
status_file={folder}/status.dat
state_retention_file={folder}/retention.dat
lock_file={folder}/nagios.lock
temp_file={folder}/nagios.tmp
temp_path={folder}
check_result_path={folder}/results
command_file={folder}/nagios.cmd
query_socket={folder}/nagios.qh
nagios_user={user}
nagios_group={group}
interval_length=1
status_update_interval=1
service_inter_check_delay_method=n
check_external_commands=0
check_for_updates=0
illegal_macro_output_chars=`~$&|'"<>
"""
OBJECTS = """
define timeperiod {{
  timeperiod_name always
  alias           always
  sunday 00:00-24:00
  monday 00:00-24:00
  tuesday 00:00-24:00
  wednesday 00:00-24:00
  thursday 00:00-24:00
  friday 00:00-24:00
  saturday 00:00-24:00
}}
define command {{
  command_name secours
  command_line {command}
}}
define contact {{
  contact_name nobody
  host_notifications_enabled 0
  service_notifications_enabled 0
  host_notification_period always
  service_notification_period always
  host_notification_options n
  service_notification_options n
  host_notification_commands secours
  service_notification_commands secours
}}
define host {{
  host_name crisis-room
  address 127.0.0.1
  max_check_attempts 1
  check_period always
  notification_period always
  contacts nobody
}}
define service {{
  host_name crisis-room
  service_description secours
  check_command secours
  check_interval 2
  retry_interval 2
  max_check_attempts 1
  check_period always
  notification_period always
  contacts nobody
}}
"""


def configured(folder: Path, command: Sequence[str]) -> Path:
    """Write its files; return the main one."""
    (folder / "results").mkdir()
    group = grp.getgrgid(os.getgid()).gr_name
    named = {"folder": folder, "user": getpass.getuser(), "group": group}
    (folder / "objects.cfg").write_text(OBJECTS.format(command=shlex.join(command)))
    main = folder / "nagios.cfg"
    main.write_text(MAIN.format(**named))
    return main


def verified(main: Path) -> str:
    """Return what it says of its files."""
    done = subprocess.run(
        [found("nagios4"), "-v", str(main)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    return done.stdout + done.stderr


@asynccontextmanager
async def running(main: Path) -> AsyncIterator[None]:
    """Let it run while inside."""
    with (main.parent / "out").open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            found("nagios4"), str(main), stdout=out, stderr=out
        )
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()


async def judged(main: Path, state: int) -> dict[str, str]:
    """Wait until it says that the service is in this state; return all it says."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            seen = _service(main.parent / "status.dat")
            if seen and seen["current_state"] == str(state):
                return seen
            await asyncio.sleep(0.2)


def _service(file: Path) -> dict[str, str] | None:
    with suppress(FileNotFoundError):
        text = file.read_text("utf-8")
        if block := re.search(r"servicestatus \{(.*?)\n\t\}", text, re.DOTALL):
            pairs = (line.strip().partition("=") for line in block[1].splitlines())
            said = {name: value for name, _, value in pairs if name}
            return said if said["has_been_checked"] == "1" else None
    return None
