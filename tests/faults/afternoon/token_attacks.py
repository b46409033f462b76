"""Who comes to the screens with a token that leaked, guesses one, or waits for one."""

import os
import random
import socket
from asyncio import sleep
from contextlib import suppress
from time import monotonic

import httpx
from faults.afternoon.place import Place, Told, say

HOST = "127.0.0.1"
HOW = "number 4711"  # of what the plan says of how channels are used
NOBODY = 65534


async def foreign_hosts(place: Place) -> Told:
    """Come with a token that leaked, by a name that is not ours."""
    won, asked = [], 0
    for token in (place.wall_token, place.full_token):
        kind = "wall's" if token == place.wall_token else "full"
        for host in (
            "evil.example",
            "evil.example:80",
            "127.0.0.1.evil.example",
            "localhost.",
        ):
            for path in (
                "/lite",
                "/paper",
                "/api/v1/snapshot",
                "/api/v1/sites",
                "/metrics",
            ):
                headers = {"Host": host, "Authorization": f"Bearer {token}"}
                for forwarded in ({}, {"X-Forwarded-For": "192.0.2.5"}):
                    asked += 1
                    async with httpx.AsyncClient(timeout=60.0) as client:
                        answer = await client.get(
                            f"http://{HOST}:{place.door}{path}",
                            headers=headers | forwarded,
                        )
                    if answer.is_success or HOW in answer.text:
                        won.append(f"{path} by {host} with the {kind} token")
    return Told(f"{asked} requests by names that are not ours, with real tokens", won)


async def wall_token_elsewhere(place: Place) -> Told:
    """Use the wall's token beside the wall: to act, and to see what only we do."""
    won, asked = [], 0
    headers = {"Authorization": f"Bearer {place.wall_token}"}
    async with httpx.AsyncClient(timeout=60.0, headers=headers) as client:
        for method, path in (
            *(("GET", p) for p in ("/api/v1/snapshot", "/api/v1/standby", "/metrics")),
            *(("GET", p) for p in ("/paper", "/feed.atom", "/tests.ics")),
            *(
                ("POST", p)
                for p in ("/api/v1/beat/x", "/api/v1/mark", "/ack/" + "x" * 20)
            ),
        ):
            asked += 1
            answer = await client.request(method, f"http://{HOST}:{place.door}{path}")
            if HOW in answer.text or (method == "POST" and answer.is_success):
                won.append(f"{method} {path} with the wall's token")
    return Told(f"{asked} requests with the wall's token", won)


async def cookies(place: Place) -> Told:
    """Guess the cookie, the token in the address, and the one in the form."""
    won, asked, rng = [], 0, random.Random(place.seed)
    end_s = monotonic() + place.lasts_s
    async with httpx.AsyncClient(timeout=60.0) as client:
        url = f"http://{HOST}:{place.door}"
        while monotonic() < end_s:
            guess = rng.randbytes(32).hex()
            name = rng.choice(("secours", "secours_token", "token", "session", "_st"))
            asked += 3
            for answer in (
                await client.get(f"{url}/lite", headers={"Cookie": f"{name}={guess}"}),
                await client.get(f"{url}/lite?token={guess}"),
                await client.post(f"{url}/", data={"token": guess}),
            ):
                if answer.is_success or "set-cookie" in answer.headers:
                    won.append(f"{answer.request.method} {answer.request.url.path}")
    return Told(f"{asked} guesses of cookie and token", won)


async def dead_port(place: Place) -> Told:
    """Bind the port of the dashboard the moment it dies, as another user."""
    if os.getuid() != 0:
        say("began")
        return Told("not tried: only root can be another user")
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    end_s, tried, won = monotonic() + 2 * place.lasts_s, 0, set[str]()
    say("began")
    while monotonic() < end_s and not won:
        for option in (None, socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            for address in (HOST, "0.0.0.0"):
                with socket.socket() as trap, suppress(OSError):
                    if option:
                        trap.setsockopt(socket.SOL_SOCKET, option, 1)
                    tried += 1
                    trap.bind((address, place.door))
                    trap.listen()
                    won.add(f"bound {address} of the dead dashboard")
        await sleep(0.01)
    return Told(f"{tried} times tried, while it died and came again", sorted(won))


ATTACKS = {
    "foreign hosts": foreign_hosts,
    "the wall's token elsewhere": wall_token_elsewhere,
    "cookies and tokens guessed": cookies,
    "the port of a dead dashboard": dead_port,
}
