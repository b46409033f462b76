"""Modems on a serial line or behind ModemManager, and the SMS they carry."""
