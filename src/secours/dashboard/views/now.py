"""What to use now, and the state of every channel."""

from markupsafe import Markup

from secours.dashboard.access.visit import Visit
from secours.dashboard.address import Address
from secours.render.pages import channel_filter
from secours.render.pages.status import status_html
from secours.render.wording.localizer import Localizer


def draw(localizer: Localizer, address: Address, visit: Visit) -> Markup:
    """Draw the page, with the channels that the address asks for."""
    wanted = channel_filter.wanted(address.get, localizer.snapshot)
    return status_html(localizer, wish=wanted, acts=visit.acts)
