"""Exports in standard formats: feeds, calendar, warnings."""
