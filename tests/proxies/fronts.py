"""nginx and Caddy before the dashboard, as `deploy` has them, on ports of loopback.

What is in `deploy` is included as it stands, but for addresses and files of a machine.
"""

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from msgspec import Struct
from proxies.asked import unverified
from servers.certificates import authority
from servers.debian import found
from servers.scripted import closed_port

DEPLOY = Path(__file__).parents[2] / "deploy"
HOST, TOWN = "crisis.example", "town.example"
START = "/secours"
NAME, PASSWORD = "anne", "not a secret"
START_S = 60.0
MAIN = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log {folder}/access.log;
  types {{ text/html html; }}
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/secours.conf;
  {server}
}}
"""
OF_A_TOWN = """
  server {{
    listen 443 ssl;
    server_name {town};
    ssl_certificate /etc/ssl/certs/crisis.example.pem;
    ssl_certificate_key /etc/ssl/private/crisis.example.key;
    include snippets/secours-path.conf;
  }}
"""
CADDY = """
{{
  admin off
  storage file_system {folder}/storage
  skip_install_trust
  local_certs
  http_port {http}
  https_port {https}
}}
import {folder}/Caddyfile
"""
COMMENTED = re.compile(r"^([ \t]*)#(?! )", re.M)  # a line of theirs, and no sentence
STRIPPED = f"^{START}(/.*)$ $1 break"
USERS = "users"


class Front(Struct, frozen=True, kw_only=True):
    """Which proxy stands before the dashboard, and how."""

    program: str
    start: str = ""  # the path that it keeps for us
    strips: bool = False  # it takes the path off
    login: bool = False  # it asks who comes, and says so
    changed: tuple[tuple[str, str], ...] = ()  # what is not as in `deploy`

    @property
    def host(self) -> str:
        """The name that people ask it for."""
        return TOWN if self.start else HOST

    def __str__(self) -> str:
        """Name it in a test."""
        how = "strips" if self.strips else ("path" if self.start else "host")
        return f"{self.program} {how}"


FRONTS = tuple(
    Front(program=program, start=start, strips=strips)
    for program in ("nginx", "caddy")
    for start, strips in (("", False), (START, False), (START, True))
)


@contextmanager
def running(front: Front, folder: Path, upstream: str) -> Iterator[str]:
    """Run it while inside, before what listens at `upstream`; return its address."""
    folder.mkdir()
    ours = "".join(file.read_text("utf-8") for file in _files(front))
    assert [old for old, _ in front.changed if old not in ours] == []
    http, https = (closed_port() for _ in range(2))
    make = _nginx if front.program == "nginx" else _caddy
    command = make(front, folder, upstream, (http, https))
    env = {**os.environ, "SECOURS_UPSTREAM": upstream, "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        _await(process, https, folder)
        yield f"https://{front.host}:{https}{front.start}"
    finally:
        process.terminate()
        process.wait()


def _files(front: Front) -> list[Path]:
    return sorted((DEPLOY / front.program).iterdir())


def _nginx(
    front: Front, folder: Path, upstream: str, ports: tuple[int, int]
) -> list[str]:
    http, https = ports
    issued = authority().issue_cert(HOST, TOWN)
    issued.private_key_pem.write_to_path(str(folder / "key"))
    for each in issued.cert_chain_pems:
        each.write_to_path(str(folder / "chain"), append=True)
    _write_user(folder, ":", found("openssl"), "passwd", "-6", PASSWORD)
    here = {
        "server 127.0.0.1:8501;": f"server {upstream};",
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl;": f"listen 127.0.0.1:{https} ssl;",
        "/etc/ssl/certs/crisis.example.pem": str(folder / "chain"),
        "/etc/ssl/private/crisis.example.key": str(folder / "key"),
        "/etc/nginx/secours.htpasswd": str(folder / USERS),
        "include snippets/": f"include {folder}/",
        **dict(front.changed),
    }
    for file in _files(front):
        text = _adapted(file.read_text("utf-8"), front, here)
        if front.strips:  # in a pattern `proxy_pass http://secours/;` may not stand
            text = text.replace("proxy_pass", f"rewrite {STRIPPED};\nproxy_pass")
        (folder / file.name).write_text(text, "utf-8")
    town = _adapted(OF_A_TOWN.format(town=TOWN), front, here)
    server = town if front.start else f"include {folder}/secours-host.conf;"
    conf = folder / "nginx.conf"
    conf.write_text(MAIN.format(folder=folder, server=server), "utf-8")
    log = str(folder / "error.log")
    return [found("nginx"), "-c", str(conf), "-p", str(folder), "-e", log]


def _caddy(front: Front, folder: Path, _: str, ports: tuple[int, int]) -> list[str]:
    http, https = ports
    hashing = ("hash-password", "--plaintext", PASSWORD)
    _write_user(folder, " ", found("caddy"), *hashing)
    here = {"/etc/caddy/secours.users": str(folder / USERS), **dict(front.changed)}
    if front.strips:
        here[f"handle {START}/*"] = f"handle_path {START}/*"
    for file in _files(front):
        text = _adapted(file.read_text("utf-8"), front, here)
        (folder / file.name).write_text(text, "utf-8")
    main = folder / "main"
    main.write_text(CADDY.format(folder=folder, http=http, https=https), "utf-8")
    return [found("caddy"), "run", "--adapter", "caddyfile", "--config", str(main)]


def _adapted(text: str, front: Front, changed: Mapping[str, str]) -> str:
    for old, new in changed.items():
        text = text.replace(old, new)
    return COMMENTED.sub(r"\1", text) if front.login else text


def _write_user(folder: Path, parted: str, *hashing: str) -> None:
    """Write who may log in, with a password that this command hashes."""
    done = subprocess.run(hashing, capture_output=True, text=True, check=True)
    line = f"{NAME}{parted}{done.stdout.strip()}\n"
    (folder / USERS).write_text(line, "utf-8")


def _await(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        with (
            suppress(OSError),
            socket.create_connection(("127.0.0.1", port), 2) as plain,
            unverified().wrap_socket(plain, server_hostname=HOST),
        ):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            files = [folder / "log", folder / "error.log"]
            pytest.fail("\n".join(f.read_text() for f in files if f.exists()))
        time.sleep(0.05)
