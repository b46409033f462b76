"""Orders of the province: taken in by a site, handed down by the province."""
