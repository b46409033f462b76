"""The hub's own files: its configuration, its keys, and those of every site.

They lie in one folder, which is the province's and nobody else's. The server of each
member has a folder of its own in it, with nothing but what that server needs.
"""
