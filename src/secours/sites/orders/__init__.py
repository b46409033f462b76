"""What the province says to a site: signed, carried, and proved."""
