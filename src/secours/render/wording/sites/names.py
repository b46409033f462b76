"""Labels of sites and their nodes, with the names that commands take."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from secours import texts
from secours.languages import Text
from secours.model.nodes import channel_node, plain_name
from secours.model.sites.views import SiteView
from secours.outside_text import plain

LONGEST = 60


class SitesNames(Struct, frozen=True, kw_only=True):
    """Labels in one language; an unknown node keeps the name typed."""

    language: str
    sites: Mapping[str, Text]
    subjects: Mapping[str, Text]  # channels and components, by node

    def site(self, name: str) -> str:
        """Return the label of a site."""
        return self._named(self.sites.get(name, Text()), name)

    def subject(self, name: str) -> str:
        """Return the label of a component or a channel, by node or by name."""
        label = self.subjects.get(name) or self.subjects.get(channel_node(name))
        return self._named(label or Text(), plain_name(name))

    def _named(self, label: Text, name: str) -> str:
        bare = plain(name, LONGEST)
        return texts.named(plain(label.in_(self.language), LONGEST) or bare, bare)


def names_of(sites: Iterable[SiteView], language: str) -> SitesNames:
    """Return the labels of these sites and their nodes; the first site's wins."""
    labels: dict[str, Text] = {}
    subjects: dict[str, Text] = {}
    for site in sites:
        labels.setdefault(site.name, site.label)
        for part in site.parts:
            subjects.setdefault(part.name, part.label)
        for channel in site.channels:
            subjects.setdefault(channel_node(channel.name), channel.label)
    return SitesNames(language=language, sites=labels, subjects=subjects)
