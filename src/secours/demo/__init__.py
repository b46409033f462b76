"""A small town on loopback whose channels break and heal, on real protocols.

`town` opens it and has the faults, `timetable` breaks and heals by the clock, `control`
by hand from a second terminal; `town.yaml` is its probes.yaml.
"""
