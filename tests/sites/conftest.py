"""Sites and hubs in this process."""

from servers.hub_server import counts_at_once

__all__ = ["counts_at_once"]
