"""Words of the demo in four languages; those of its plan are in `town.yaml`."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

Words = Mapping[str, str]
"""One text by language."""

LABELS: Mapping[str, Words] = msgspec.yaml.decode(
    Path(__file__).with_name("labels.yaml").read_bytes(), type=dict[str, dict[str, str]]
)
