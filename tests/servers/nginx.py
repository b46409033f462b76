"""nginx, unprivileged, on a free loopback port, with a few pages.

Break it by stopping the process; `/private` asks for a login, `/limited` answers 429.
Pages of `plain` in its folder are served as HTML, those of `latin` as ISO-8859-1 too.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from servers.daemons import running
from servers.scripted import LOOPBACK, closed_port

PROGRAM = Path("/usr/sbin/nginx")
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
  gzip on;
  gzip_types application/json;
  gzip_min_length 1;
  server {{
    listen {host}:{port};
    location = /health {{ default_type application/json; return 200 '{health}'; }}
    location = /moved {{ return 301 /health; }}
    location = /private {{ return 401; }}
    location = /limited {{ add_header Retry-After 7 always; return 429; }}
    location = /broken {{ return 503; }}
    location /plain/ {{ root {folder}; types {{ }} default_type text/html; }}
    location /latin/ {{ root {folder}; types {{ }}
      default_type "text/html; charset=iso-8859-1"; }}
  }}
}}
"""


@asynccontextmanager
async def nginx(
    folder: Path,
    health: str = '{"status": "ok"}',
    *,
    host: str = LOOPBACK,
    port: int | None = None,
) -> AsyncIterator[int]:
    """Run it while the block lasts."""
    port = port or closed_port()
    conf = folder / "nginx.conf"
    conf.write_text(CONF.format(host=host, port=port, folder=folder, health=health))
    command = [
        str(PROGRAM),
        "-c",
        str(conf),
        "-p",
        str(folder),
        "-e",
        str(folder / "error.log"),
    ]
    async with running(command, host=host, port=port, log=folder / "log"):
        yield port
