"""XMPP: a stream, its session, and SCRAM."""
