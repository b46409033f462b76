"""Fuzz one target with atheris, which sees where the code goes: `make fuzz TARGET=dns`.

It begins with the inputs in `tests/corpus/TARGET/` and leaves them alone. An input that
fails is written to a file `crash-...`, which belongs into that folder. What stands
behind the target is for libFuzzer: `ARGS=-max_total_time=600`.
"""

import sys
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["secours"]):
    from fuzz.table import TARGETS

from fuzz.mutations import LONGEST_BYTES
from fuzz.target import CORPUS, Attack


def main() -> None:
    """Try until something fails, or the time that was asked for is over."""
    name, *options = sys.argv[1:]
    target, attack = TARGETS[name], Attack()
    with TemporaryDirectory() as fresh:  # what it finds of interest on its way
        said = [f"-max_len={LONGEST_BYTES}", *options, fresh, str(CORPUS / name)]
        atheris.Setup(
            [sys.argv[0], *said], lambda raw: attack.attempt(target, bytes(raw))
        )
        atheris.Fuzz()


if __name__ == "__main__":
    main()
