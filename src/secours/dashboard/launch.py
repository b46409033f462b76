"""Start of the dashboard's server, with all options as flags.

`python -m secours.dashboard.launch` is `streamlit` with our connections.
"""

import os
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
    "runner.fastReruns": "false",  # one run after another: see `PressesFirst`
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
    from streamlit.web import cli

    from secours.dashboard import streamlit_seams
    from secours.web import connections

    connections.open_more_files()
    streamlit_seams.limit_connections()
    if held := os.environ.pop(HELD, ""):
        streamlit_seams.serve_on([int(each) for each in held.split(",")])
    logs.begin()
    streamlit_seams.log_as_ours()
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
