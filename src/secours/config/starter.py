"""The first probes.yaml of an institution, as `secours init` writes it."""

WORDS = {
    "fr": {
        "site": "Notre centre de crise",
        "mail": "Courriel",
        "phone": "Téléphone",
        "radio": "Radio",
        "how": "Poste dans l'armoire B2",
        "last": "Envoyer quelqu'un",
    },
    "nl": {
        "site": "Ons crisiscentrum",
        "mail": "E-mail",
        "phone": "Telefoon",
        "radio": "Radio",
        "how": "Toestel in kast B2",
        "last": "Iemand sturen",
    },
    "de": {
        "site": "Unser Krisenstab",
        "mail": "E-Mail",
        "phone": "Telefon",
        "radio": "Funk",
        "how": "Gerät in Schrank B2",
        "last": "Jemanden schicken",
    },
    "en": {
        "site": "Our crisis room",
        "mail": "E-mail",
        "phone": "Telephone",
        "radio": "Radio",
        "how": "Handset in cabinet B2",
        "last": "Send somebody",
    },
}

TEXT = """\
# Your channels and your plan. `secours validate` reads it, `secours check` tries it.
site: {{name: "{site}", language: {language}, timezone: Europe/Brussels}}
channels: # `kind` says what each needs, so that what falls together is known
  mail: # ${{MAIL_PASSWORD}} is read from the environment: no secret stands here
    {{kind: email-onprem, label: "{mail}", probes: [{{type: smtp, port: 587,
      host: mail.example.invalid, security: starttls,
      username: probe, password: "${{MAIL_PASSWORD}}"}}]}}
  phone: # alert wakes people, coordinate is for working together
    {{kind: sip-trunk, label: "{phone}", purposes: [alert, coordinate],
      probes: [{{type: sip, host: pbx.example.invalid}}]}}
  radio: # nothing can probe it: people test it, every week
    {{kind: radio-astrid, label: "{radio}", how: "{how}", test: {{every: 7d}}}}
plan: # for a purpose and an audience, the channels in the order to try them
  - {{purpose: alert, audience: management, primary: phone, last_resort: "{last}"}}
  - {{purpose: coordinate, audience: management, primary: mail,
     alternate: phone, emergency: radio, last_resort: "{last}"}}
"""


def starter(language: str) -> str:
    """Return the text of a first probes.yaml, its labels in this language."""
    words = WORDS.get(language, WORDS["en"])
    return TEXT.format(language=language if language in WORDS else "en", **words)
