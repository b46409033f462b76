"""A plan whose channels people test by a calendar."""

PLAN = """\
site: {language: en, timezone: Europe/Brussels}
channels:
  desk: {label: Desk, purposes: [alert], how: Ring it, test: {every: 7d}}
  radio: {label: Radio, test: {every: 31d, on: first thursday}}
plan: [{purpose: alert, audience: staff, primary: desk}]
"""
