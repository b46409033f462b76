"""Every parser of outside data, by name; its inputs are in `tests/corpus/NAME/`."""

from collections.abc import Mapping

from fuzz import answers, kept, screens, talks, written
from fuzz.target import Target

TARGETS: Mapping[str, Target] = {
    **talks.TARGETS,
    **answers.TARGETS,
    **written.TARGETS,
    **kept.TARGETS,
    **screens.TARGETS,
}
