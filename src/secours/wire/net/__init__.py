"""Sockets bound to a path, names, datagrams and TLS, for every protocol."""
