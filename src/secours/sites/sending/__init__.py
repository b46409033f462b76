"""What a site says to the hub: how it is now, and what happened, in order."""
