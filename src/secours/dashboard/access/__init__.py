"""Identity and rights of viewers."""
