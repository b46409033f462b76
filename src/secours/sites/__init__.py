"""One of many sites: messages to the others and from them.

Everything goes through a hub, a NATS server with JetStream. Nothing here decides: a
site that is cut off probes, reasons and recommends as it does alone.
"""
