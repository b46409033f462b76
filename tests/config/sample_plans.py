"""Plans as texts: with every key, of a large town, with ten mistakes."""

EVERYTHING = """\
example: true
site:
  name: {fr: Mairie, nl: Gemeentehuis}
  language: fr
  timezone: Europe/Brussels
  access: {internet: [internet:fibre], mobile: carrier:x}
probing: {interval: 30s, failback_after: 2m}
screen: {max_age: 15s, distance_m: 8, width_mm: 1650.5, layout: bands, theme: light}
retention: {raw: 1d, journal: 1y}
paths:
  lan: {source: 127.0.0.1, depends_on: [internet:fibre]}
  4g: {interface: wwan0}
components:
  power:grid: {label: Réseau électrique}
  internet:fibre: {depends_on: power:grid, autonomy: 2h}
  carrier:x:
channels:
  112:
    label: 112
    short_name: {fr: Appel}
    how: Composer
    purposes: alert
    depends_on: [power:grid, {any_of: [internet:fibre, carrier:x]}]
    autonomy: 1h
    traits: {e2e: yes, managed: true, sla: false, gdpr: optional, patients: yes}
    reaches: {staff: 0.8}
    test: {every: 7d}
    maintenance:
      - {from: 2026-12-01T22:00, until: 2026-12-01T23:00+01:00, why: Relève}
  radio: {purposes: [alert, coordinate], traits: [e2e]}
plan:
  - purpose: alert
    audience: staff
    require: e2e
    emergency: [radio]
    primary: 112
    last_resort: {fr: Envoyer quelqu'un}
"""


# The shape of a large plan: aliases, flow and block, components without anything.
LARGE = """\
site: {name: Reference town hall, language: en, timezone: Europe/Brussels}
probing: {interval: 60s, timeout: 10s, confirm: 2, failback_after: 2m}
components:
  carrier:core-a: {}
  carrier:mobile-a:
    depends_on: ['carrier:core-a', 'power:grid']
    autonomy: 4h
  internet:isp: {}
  power:grid: {}
  provider:meta: {}
channels:
  whatsapp:
    label: whatsapp
    purposes: [alert, coordinate]
    depends_on:
    - provider:meta
    - &id001
      any_of: ['internet:isp', 'carrier:mobile-a']
    probes:
    - {type: tcp, host: 127.0.0.1, port: 9}
  messenger:
    label: messenger
    purposes: [alert, coordinate]
    depends_on:
    - provider:meta
    - *id001
    probes:
    - {type: tcp, host: 127.0.0.1, port: 9}
plan:
- purpose: coordinate
  audience: municipality
  primary: whatsapp
  emergency: [messenger]
  last_resort: Send a runner to the town hall
"""


TEN = """\
site: {langage: fr}
probing: {interval: 60}
components:
  power:grid: {autonomy: 2 hours}
channels:
  mail:
    purposes: [allert]
    depends_on: [powr:grid]
    probes:
      - {type: tcp, host: mail.invalid, port: x, expct: "220"}
      - {type: sip, host: pbx.invalid, username: u, password: hunter2}
  mail: {}
plan:
  - {purpose: coordinate, audience: staff, primary: mial}
"""
