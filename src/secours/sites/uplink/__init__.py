"""What a site says of itself, and how it comes to the hub."""
