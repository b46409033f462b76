"""`python -m secours.dashboard`: become the dashboard's server."""

import argparse
import os

from secours.dashboard.launch import command


def main() -> None:
    """Replace this process, so that signals reach the server itself."""
    parser = argparse.ArgumentParser(prog="secours.dashboard")
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--base-path", default="")
    asked = parser.parse_args()
    argv = command(asked.port, asked.address, asked.base_path)
    os.execv(argv[0], argv)


if __name__ == "__main__":
    main()
