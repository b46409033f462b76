"""The first probes.yaml, for `secours init`."""

WORDS = {
    "fr": {
        "site": "Notre centre de crise",
        "mail": "E-mail",
        "phone": "Téléphone",
        "radio": "Radio",
        "how": "Poste dans l'armoire B2",
        "last": "Envoyer quelqu'un",
        "head": "Vos canaux et votre plan. `secours validate` le relit,"
        " `secours check` l'essaie.",
        "needs": "`kind` dit de quoi chacun dépend : on sait ainsi ce qui"
        " tombe ensemble",
        "secret": "${MAIL_PASSWORD} vient de l'environnement : aucun secret"
        " n'est écrit ici",
        "purposes": "alert réveille, coordinate sert à travailler ensemble,"
        " inform est pour la population",
        "tested": "rien ne peut la sonder : des gens l'essaient, chaque semaine",
        "who": "qui il faut joindre, et par quels appareils : là-bas aussi"
        " il faut du réseau",
        "order": "pour un but et un public, les canaux dans l'ordre où les essayer",
    },
    "nl": {
        "site": "Ons crisiscentrum",
        "mail": "E-mail",
        "phone": "Telefoon",
        "radio": "Radio",
        "how": "Toestel in kast B2",
        "last": "Iemand sturen",
        "head": "Uw kanalen en uw plan. `secours validate` leest het na,"
        " `secours check` probeert het.",
        "needs": "`kind` zegt wat elk kanaal nodig heeft: zo is bekend wat"
        " samen uitvalt",
        "secret": "${MAIL_PASSWORD} komt uit de omgeving: hier staat geen geheim",
        "purposes": "alert wekt mensen, coordinate dient om samen te werken,"
        " inform is voor de bevolking",
        "tested": "geen meting is mogelijk: mensen testen ze, elke week",
        "who": "wie te bereiken, en op welke toestellen: ook daar is een net nodig",
        "order": "voor een doel en een doelgroep, de kanalen in de volgorde"
        " om ze te proberen",
    },
    "de": {
        "site": "Unser Krisenstab",
        "mail": "E-Mail",
        "phone": "Telefon",
        "radio": "Funk",
        "how": "Gerät in Schrank B2",
        "last": "Jemanden schicken",
        "head": "Ihre Kanäle und Ihr Plan. `secours validate` prüft ihn,"
        " `secours check` probiert ihn.",
        "needs": "`kind` sagt, was jeder Kanal braucht: so ist bekannt, was"
        " zusammen ausfällt",
        "secret": "${MAIL_PASSWORD} kommt aus der Umgebung: hier steht kein Geheimnis",
        "purposes": "alert weckt Menschen, coordinate dient der Zusammenarbeit,"
        " inform ist für die Bevölkerung",
        "tested": "keine Messung ist möglich: Menschen testen ihn, jede Woche",
        "who": "wen es zu erreichen gilt, und auf welchen Geräten: auch dort"
        " braucht es Netz",
        "order": "für einen Zweck und einen Empfängerkreis die Kanäle, in"
        " dieser Reihenfolge",
    },
    "en": {
        "site": "Our crisis room",
        "mail": "E-mail",
        "phone": "Telephone",
        "radio": "Radio",
        "how": "Handset in cabinet B2",
        "last": "Send somebody",
        "head": "Your channels and your plan. `secours validate` reads it,"
        " `secours check` tries it.",
        "needs": "`kind` says what each needs, so that what falls together is known",
        "secret": "${MAIL_PASSWORD} is read from the environment: no secret"
        " stands here",
        "purposes": "alert wakes people, coordinate is for working together,"
        " inform is for the population",
        "tested": "nothing can probe it: people test it, every week",
        "who": "whom to reach, and by which devices: there too a network has to work",
        "order": "for a purpose and an audience, the channels in the order to try them",
    },
}

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
