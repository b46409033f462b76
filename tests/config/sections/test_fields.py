from collections.abc import Mapping

import pytest
from msgspec import Struct

from secours.config.reader.values import TEXT, TRUTH
from secours.config.sections.fields import defaults_of, keys, section
from secours.languages import Text
from secours.model.sections.channel import Needs
from secours.model.sections.field_types import Ours
from secours.model.sections.line import Purpose


class Buoy(Struct, frozen=True, kw_only=True):
    """A section with a field of each form."""

    name: str
    was: str | None = None
    """Name before."""
    made: Ours[Mapping[str, float]] = {}
    label: Text = Text("buoy")
    drift_s: float = 90.0
    """How long it drifts."""
    purposes: frozenset[Purpose] = frozenset()
    needs: Needs = ()


class Unclear(Struct):
    """A section whose field has a type that may be written in many ways."""

    depth_m: float = 1.0


def test_keys_are_the_fields_in_their_order_but_those_of_ours() -> None:
    assert [*keys(Buoy)] == ["was", "label", "drift", "purposes", "depends_on"]


def test_key_that_is_no_field_follows_the_one_given_before_it() -> None:
    found = [*keys(Buoy, first=TRUTH, label=TEXT, lit=TRUTH, loud=TRUTH)]

    assert found[:5] == ["first", "was", "label", "lit", "loud"]


def test_schema_of_a_section_has_the_sentence_and_the_default_of_a_field() -> None:
    form = section(Buoy, ("was",), defaults=True).schema

    drift = form["properties"]["drift"]
    assert (drift["description"], drift["default"]) == ("How long it drifts.", "90s")
    assert "default" not in form["properties"]["label"]
    assert form["required"] == ["was"]


def test_type_that_says_too_little_is_refused_with_the_name_of_its_field() -> None:
    with pytest.raises(AssertionError, match="depth_m: give the shape"):
        keys(Unclear)


def test_defaults_are_those_of_the_last_fields() -> None:
    assert defaults_of(Unclear) == {"depth_m": 1.0}
    assert defaults_of(Buoy)["drift_s"] == 90.0
