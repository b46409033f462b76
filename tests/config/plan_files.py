"""A probes.yaml in a temporary folder, and what is said of it."""

from pathlib import Path

from secours.cli.plan_file import advice_words
from secours.config import BadConfig, load
from secours.config.advice import warnings
from secours.model.plan import Config
from secours.render.wording.mistakes import worded

NOT_SAID = {"plan.advice.no-plan", "plan.advice.no-groups"}
TWO_CHANNELS = """\
channels:
  mail: {purposes: [coordinate], probes: [{type: tcp, host: mail.invalid, port: 25}]}
  phone: {purposes: [alert, coordinate]}
"""


def read(folder: Path, text: str | bytes) -> Config:
    """Write a file and load it."""
    file = folder / "probes.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file)


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    """Return what `load` says of it, as `line:column: where: message`."""
    try:
        read(folder, text)
    except BadConfig as bad:
        said = worded(bad.mistakes, "en")
        return [_without_file(folder, str(mistake)) for mistake in said]
    return []


def advice(config: Config) -> list[str]:
    """Return what is unwise in it, as `where: message`.

    That it has no plan, or no groups, is left out: most plans of tests have none.
    """
    found = (each for each in warnings(config) if each.message.slug not in NOT_SAID)
    return [advice_words(each, "en") for each in found]


def _without_file(folder: Path, said: str) -> str:
    start = f"{folder / 'probes.yaml'}:"
    assert said.startswith(start)
    return said.removeprefix(start)
