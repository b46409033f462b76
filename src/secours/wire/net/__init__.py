"""Sockets bound to a path, names, datagrams and TLS: what every protocol stands on."""
