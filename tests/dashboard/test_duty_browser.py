"""The ten everyday tasks of a duty officer, by clicks and by taps, each press once.

The engine answers a second late. What each took is in a table: it is written where
SECOURS_TABLE says.
"""

