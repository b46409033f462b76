"""Servers, devices and sirens of the town, which break on command."""
