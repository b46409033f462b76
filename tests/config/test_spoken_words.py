"""What people of the field say for a channel, in four languages, finds its kind."""

from pathlib import Path

import pytest
from config.plan_files import read

from secours.config import BadConfig, catalogue
from secours.config.reader.mistakes import guesses
from secours.config.reader.synonyms import simple
from secours.render.wording.mistakes import worded

SPOKEN = {
    "fr": """
        ICMS=paragon  portail de sécurité=paragon  REGETEL=regetel  FR-Alert=fr-alert
        GouvAlert=lu-alert  sirène=siren  SAIP=siren  sirènes d'alerte=siren
        voiture haut-parleur=loudspeaker-van  porte à porte=door-to-door  DECT=dect
        Tchap=tchap  Olvid=olvid  radioamateur=winlink
        messager satellite=satellite-messenger
        courriel=email-onprem  talkie-walkie=analog-radio
        téléphone satellite=satphone-iridium
        site internet=website-public  voiture sonorisée=loudspeaker-van
        numéro d'information=sip-trunk  radio régionale=broadcast-radio
    """,
    "nl": """
        NL-Alert=nl-alert  luchtalarm=siren  sirenes=siren  omroepwagen=loudspeaker-van
        geluidswagen=loudspeaker-van  huis aan huis=door-to-door
        deur tot deur=door-to-door
        draadloze telefoon=dect  veiligheidsportaal=paragon  rode telefoon=regetel
        Threema=threema  zendamateur=winlink  Meshtastic=meshtastic
        telefooncentrale=sip-trunk  semafoon=pager-astrid
        gemeentewebsite=website-public  infolijn=sip-trunk  flyers=door-to-door
    """,
    "de": """
        NINA=nina  Warn-App=katwarn  KATWARN=katwarn  MoWaS=de-alert
        Cell Broadcast=de-alert  Sirenen=siren  Lautsprecherwagen=loudspeaker-van
        Haus zu Haus=door-to-door  Schnurlostelefon=dect  Amateurfunk=winlink
        Satelliten-Messenger=satellite-messenger  Wire Bund=wire  Threema Work=threema
        Bürgertelefon=sip-trunk  Durchsage=loudspeaker-van
        Funkmelder=pager-astrid  Warnung der Bevölkerung=nina
    """,
    "en": """
        sirens=siren  loudspeaker=loudspeaker-van  door knocking=door-to-door
        cordless phone=dect  ham radio=winlink  packet radio=winlink  LoRa=meshtastic
        mesh=meshtastic  inReach=satellite-messenger  Zoleo=satellite-messenger
        cell broadcast=nl-alert  Wire=wire  red phone=regetel  LU-Alert=lu-alert
        megaphone=loudspeaker-van
    """,
}
WORDS = [
    (language, *pair.strip().rsplit("=", 1))
    for language, said in SPOKEN.items()
    for pair in said.replace("\n", "  ").split("  ")
    if pair.strip()
]


def test_there_are_sixty_words_of_four_languages() -> None:
    assert len(WORDS) >= 60
    assert len({simple(word) for _, word, _ in WORDS}) >= 60


@pytest.mark.parametrize(("language", "word", "kind"), WORDS)
def test_a_spoken_word_finds_its_kind(
    language: str, word: str, kind: str, tmp_path: Path
) -> None:
    known = catalogue.load()
    text = f"site: {{language: {language}}}\nchannels: {{c: {{kind: {word}}}}}\n"
    if known.kind_named(word):
        assert read(tmp_path, text).channels["c"].kind == kind
        return

    assert kind in guesses(word, [*known.kinds], "kind")

    with pytest.raises(BadConfig) as refused:
        read(tmp_path, text)
    (said,) = worded(refused.value.mistakes, language)
    assert f"'{word}'" in said.message
    assert kind in said.message
    assert (said.line, said.column) == (2, 22)


@pytest.mark.parametrize("word", ["wire", "Wire"])
def test_wire_is_not_teamwire(word: str) -> None:
    assert "teamwire" not in guesses(word, [*catalogue.load().kinds], "kind")
