"""What other programs read of us, in formats that they know: feeds, dates, warnings."""
