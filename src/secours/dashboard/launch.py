"""Start of the dashboard's server, with all options as flags.

`python -m secours.dashboard.launch` is `streamlit` with our connections.
"""

import logging
import os
import socket
import sys
from pathlib import Path

from secours import logs
from secours.engine.supervise import HELD

APP = Path(__file__).with_name("app.py")

FLAGS = {
    "server.headless": "true",
    "logger.hideWelcomeMessage": "true",  # our starter prints the address
    "browser.gatherUsageStats": "false",  # no telemetry
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",  # they lead to sites of others
    "server.fileWatcherType": "none",
    "server.maxUploadSize": "1",
    "server.websocketPingInterval": "10",
    "server.enableWebsocketCompression": "false",  # what is said is counted as it comes
    "server.enableAgentApi": "false",
    "runner.postScriptGC": "false",  # Python collects garbage when there is some
    "runner.fastReruns": "false",  # one run after another: see `access.session`
    "theme.dark.primaryColor": "#3fe3b4",
    "theme.dark.backgroundColor": "#070b10",
    "theme.dark.secondaryBackgroundColor": "#131c26",
    "theme.light.primaryColor": "#00523f",
    "theme.light.backgroundColor": "#eef1f4",
    "theme.light.secondaryBackgroundColor": "#ffffff",
    "theme.light.textColor": "#070b10",
}


def command(port: int, address: str = "127.0.0.1", base_path: str = "") -> list[str]:
    """Return the command that serves the dashboard there."""
    flags = {**FLAGS, "server.address": address, "server.port": str(port)}
    if base_path:
        flags["server.baseUrlPath"] = base_path.strip("/")
    written = [f"--{name}={value}" for name, value in flags.items()]
    return [sys.executable, "-m", __spec__.name, "run", str(APP), *written]


def main() -> None:
    """Run `streamlit` with limits on idle clients."""
    import uvicorn.config
    from streamlit.web import cli

    from secours.dashboard.access import page_socket
    from secours.web import connections

    connections.open_more_files()
    ours = f"{connections.__name__}:{connections.HttpConnection.__name__}"
    uvicorn.config.HTTP_PROTOCOLS["auto"] = ours  # Streamlit has no option for it
    if held := os.environ.pop(HELD, ""):
        _serve_on(int(held))
    pages = f"{page_socket.__name__}:{page_socket.PageSocket.__name__}"
    uvicorn.config.WS_PROTOCOLS["websockets-sansio"] = pages  # nor for these
    logs.begin()
    if logs.form() == logs.JSON:
        _log_as_json()
    cli.main(prog_name="streamlit")


def _serve_on(held: int) -> None:
    """Make Streamlit's server use a socket passed to this process."""
    from streamlit.web.server.starlette import starlette_server

    listening = socket.socket(fileno=held)
    listening.set_inheritable(False)
    listening.setblocking(False)
    starlette_server._bind_socket = lambda *_: listening


def _log_as_json() -> None:
    """Set the logging of Streamlit and its server to ours."""
    import uvicorn.config
    from streamlit import cli_util
    from streamlit import logger as streamlit_logs

    def set_up(logger: logging.Logger) -> None:
        logger.handlers[:] = [logs.handler()]

    streamlit_logs.setup_formatter = set_up
    streamlit_logs.update_formatter()
    uvicorn.config.LOGGING_CONFIG["loggers"].clear()  # Streamlit sets them up
    cli_util.print_to_cli = lambda *_, **__: None


if __name__ == "__main__":
    main()
