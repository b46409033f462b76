"""Run a command, and end all that it started: a program of its own.

    keeper.py INPUT OUTPUT confined|privileged GRACE_S COMMAND [ARGUMENT ...]

The command reads from the open file INPUT and writes to OUTPUT. End of file on our
standard input means that it has to end: the other end is closed, or its holder is dead.
It gets SIGTERM first where it is given a time to end in order.
Standard output gets one line on its end: `ended CODE`, negative for a signal, or
`cannot ERRNO`.

Orphans of the command become children of this process and are so recognised, whatever
group, session or environment they gave themselves. Other systems than Linux lack that:
there only the group of the command is ended.

Source: prctl(2), capabilities(7), proc_pid_stat(5).
"""

import ctypes
import os
import select
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

PATIENCE_S = 0.5  # for what is ended, before it is said how the command ended
LONGEST_PAUSE_S = 0.05

LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h
MOST_CAPABILITIES = 64


def main(
    reading: int, output: int, rights: str, grace_s: float, command: list[str]
) -> None:
    """Run the command to its end, or to the end of its time."""
    if LINUX:
        _prctl(PR_SET_CHILD_SUBREAPER, 1)
    signals = _signals()
    try:
        child = _start(reading, output, command, confined=rights == "confined")
    except OSError as error:
        _say(f"cannot {error.errno}")
        return
    code = _until_over(child, signals)
    if code is None and grace_s:
        _end_in_order(child, grace_s)
    _end_all(child, PATIENCE_S)
    if code is not None:
        _say(f"ended {code}")
    _end_all(child, float("inf"))


def _say(line: str) -> None:
    with suppress(BrokenPipeError):
        os.write(1, f"{line}\n".encode())


def _signals() -> int:
    """Return a file with the number of each signal received."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reading


def _start(reading: int, output: int, command: list[str], *, confined: bool) -> int:
    """Start the command in its own session; return its process, or raise OSError."""
    us = os.getpid()
    refusal, refusing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _become(reading, output, us, confined=confined)
            os.execvp(command[0], command)
        except OSError as error:
            os.write(refusing, str(error.errno).encode())
        finally:
            os._exit(127)
    os.close(refusing)
    os.close(reading)
    os.close(output)  # or it would never be at its end
    if refused := os.read(refusal, 16):
        os.waitpid(child, 0)
        raise OSError(int(refused), "")
    os.close(refusal)
    return child


def _become(reading: int, output: int, parent: int, *, confined: bool) -> None:
    """Set up the process in which the command is to run."""
    os.setsid()
    os.dup2(reading, 0)
    os.dup2(output, 1)
    for file in (reading, output):
        os.set_inheritable(file, file <= 1)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # that Python ignores
        signal.signal(number, signal.SIG_DFL)
    if not LINUX:
        return
    if confined:
        _confine()
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was gone before the kernel was told
        os._exit(127)


def _confine() -> None:
    """Give up every right beside the user's own, for good: no exec gives one back.

    Emptying the bounding set needs the right to change capabilities; without it
    `no_new_privs` holds the others to what is left here, which is none.
    """
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    for capability in range(MOST_CAPABILITIES):
        if LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    with suppress(OSError):  # a kernel before 4.3 has no such set
        _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    if LIBC.capset(header, (ctypes.c_uint32 * 6)()) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _prctl(option: int, value: int) -> None:
    if LIBC.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _until_over(child: int, signals: int) -> int | None:
    """Return the code of the command; None where it has to end before."""
    while True:
        ready, _, _ = select.select([0, signals], [], [])
        if 0 in ready or set(os.read(signals, 512)) - {signal.SIGCHLD}:
            return None
        for pid, code in _reap():
            if pid == child:
                return code


def _reap() -> Iterator[tuple[int, int]]:
    """Yield each child that ended, and its code; raise ChildProcessError after all."""
    while True:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def _end_in_order(child: int, within_s: float) -> None:
    """Ask the command to end, and wait for it."""
    ends_s = time.monotonic() + within_s
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(child, signal.SIGTERM)
        while time.monotonic() < ends_s and all(pid != child for pid, _ in _reap()):
            time.sleep(LONGEST_PAUSE_S)


def _end_all(child: int, within_s: float) -> None:
    """Kill all our descendants, again until none is left or time is up."""
    if not LINUX:
        _kill(os.killpg, child)
    ends_s = time.monotonic() + within_s
    pause_s = 0.001
    with suppress(ChildProcessError):
        while time.monotonic() < ends_s:
            for _ in _reap():
                pass
            found = _descendants()
            for group in _groups(found):  # at one blow: it cannot grow meanwhile
                _kill(os.killpg, group)
            for pid in found:
                _kill(os.kill, pid)
            time.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _kill(kill: Callable[[int, int], None], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it ended, or is another user
        kill(number, signal.SIGKILL)


def _groups(pids: Iterable[int]) -> set[int]:
    """Return the groups of these processes, but not ours."""
    groups = set()
    for pid in pids:
        with suppress(ProcessLookupError):
            groups.add(os.getpgid(pid))
    return groups - {os.getpgrp()}


def _descendants() -> list[int]:
    """Return the processes below this one, parents before their children."""
    listed = os.path.exists(f"/proc/self/task/{os.getpid()}/children")
    find = children if listed else by_parent().__getitem__
    found = [*find(os.getpid())]
    for pid in found:  # which grows
        found += find(pid)
    return found


def children(pid: int) -> list[int]:
    """Return the children of a process by the kernel's list, of all its threads."""
    pids: list[int] = []
    with suppress(OSError):  # it ended meanwhile
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                pids += map(int, file.read().split())
    return pids


def by_parent() -> defaultdict[int, list[int]]:
    """Return the children of every process, for kernels without such a list."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    names = os.listdir("/proc") if os.path.isdir("/proc") else []
    for pid in filter(str.isdecimal, names):
        with suppress(OSError):  # it ended meanwhile
            with open(f"/proc/{pid}/stat", "rb") as file:
                parent = file.read().rpartition(b")")[2].split()[1]
            children[int(parent)].append(int(pid))
    return children


if __name__ == "__main__":
    _, reading, output, rights, grace_s, *command = sys.argv
    main(int(reading), int(output), rights, float(grace_s), command)
