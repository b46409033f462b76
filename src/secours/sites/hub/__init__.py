"""Files of the hub: configuration, keys, and credentials of every site.

They lie in one folder that only the province can read. The server of each member has a
folder of its own in it, with only the files it needs.
"""
