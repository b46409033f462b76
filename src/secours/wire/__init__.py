"""What several probe types speak: sockets bound to a path, TLS facts, the HTTP client.

A wire module knows a protocol and no probe. What it cannot tell apart it lets pass as
`OSError`, `ssl.SSLError` or `EOFError`; what it knows better it raises as `Stop`.
"""
