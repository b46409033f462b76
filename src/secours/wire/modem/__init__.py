"""Modems on a serial line or behind ModemManager, and their SMS."""
