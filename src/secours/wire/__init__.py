"""Protocols of several probe types: sockets bound to a path, TLS facts, HTTP client.

A wire module knows a protocol and no probe. Errors that it cannot interpret pass as
`OSError`, `ssl.SSLError` or `EOFError`; the others it raises as `Stop`.
"""
