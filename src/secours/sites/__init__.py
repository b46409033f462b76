"""One of many sites: what it lets others know, and what it hears of them.

Everything goes through a hub, a NATS server with JetStream. Nothing here decides: a
site that is cut off probes, reasons and recommends as it does alone.
"""
