"""The first probes.yaml, for `secours init`."""

from pathlib import Path

import msgspec

WORDS = msgspec.json.decode(
    Path(__file__).with_name("starter.json").read_bytes(),
    type=dict[str, dict[str, str]],
)
TEXT = """\
# {head}
site: {{name: "{site}", language: {language}, timezone: Europe/Brussels}}
channels: # {needs}
  mail: # {secret}
    {{kind: email-onprem, label: "{mail}", probes: [{{type: smtp, port: 587,
      host: mail.example.invalid, security: starttls,
      username: probe, password: "${{MAIL_PASSWORD}}"}}]}}
  phone: # {purposes}
    {{kind: sip-trunk, label: "{phone}", purposes: [alert, coordinate],
      probes: [{{type: sip, host: pbx.example.invalid}}]}}
  radio: # {tested}
    {{kind: radio-astrid, label: "{radio}", how: "{how}", test: {{every: 7d}}}}
audiences: # {who}
  management: {{groups: {{all: {{devices: [mobile, astrid]}}}}}}
plan: # {order}
  - {{purpose: alert, audience: management, primary: phone, last_resort: "{last}"}}
  - {{purpose: coordinate, audience: management, primary: mail,
     alternate: phone, emergency: radio, last_resort: "{last}"}}
"""


OUTLINE = """\
# {head}
site:
channels: # {needs}
audiences: # {who}
plan: # {order}
"""


def outline(language: str) -> str:
    """Return the sections of a plan to be filled in, each with what it is for."""
    return OUTLINE.format(**WORDS[language])


def starter(language: str) -> str:
    """Return the text of a first probes.yaml in a language."""
    words = WORDS.get(language, WORDS["en"])
    return TEXT.format(language=language if language in WORDS else "en", **words)
