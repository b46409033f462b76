"""nginx before the dashboard, as an institution puts it: it names the user."""

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dashboard.served import Dashboard
from servers.scripted import closed_port

START_S = 60.0
CONF = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {url};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-User {user};
    }}
  }}
}}
"""


@contextmanager
def reverse_proxy(server: Dashboard, folder: Path, user: str) -> Iterator[str]:
    """Run it while inside; return its address. `user` is who it says everybody is."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("no nginx: install Debian's package `nginx-light`")
    folder.mkdir()
    port = closed_port()
    conf = folder / "nginx.conf"
    text = CONF.format(port=port, folder=folder, url=server.url, user=user)
    conf.write_text(text, "utf-8")
    log = str(folder / "error.log")
    process = subprocess.Popen([program, "-c", conf, "-p", folder, "-e", log])
    url = f"http://127.0.0.1:{port}"
    try:
        _await(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def _await(url: str) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
        except (OSError, urllib.error.URLError):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
