"""A second Secours that stands by: it shows what the first says, and may take over."""
