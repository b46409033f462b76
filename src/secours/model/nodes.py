"""Nodes, all that can fail: `channel:NAME`, `path:NAME`, or `class:name`.

A component has this name in the plan, a service of people's devices is
`device:NAME.SERVICE/N`, one for each network that it is split over. The graph of
dependencies, marks, explanations and answers use these names; they are built and parsed
only here.
"""

CHANNEL, PATH, DEVICE = "channel", "path", "device"
VOICE, DATA = "voice", "data"  # classes: what a network does, beside texts


def channel_node(name: str) -> str:
    """Return the node that is a channel."""
    return f"{CHANNEL}:{name}"


def path_node(name: str) -> str:
    """Return the node that is a path."""
    return f"{PATH}:{name}"


def device_node(device: str, service: str, option: int) -> str:
    """Return the node of a device's service, on one of its networks."""
    return f"{DEVICE}:{device}.{service}/{option}"


def owner_node(probe_id: str) -> str:
    """Return the node whose probe has this id; a path by its own name."""
    section, owner, _ = probe_id.split("/", 2)
    return channel_node(owner) if section == "channels" else owner


def kind_of(node: str) -> str:
    """Return `channel`, `path`, or the class of a component."""
    return node.partition(":")[0]


def name_in(node: str) -> str:
    """Return the name without its kind; all of it without one."""
    kind, colon, name = node.partition(":")
    return name if colon else kind


def is_channel(node: str) -> bool:
    """Tell whether a node is a channel."""
    return kind_of(node) == CHANNEL


def is_path(node: str) -> bool:
    """Tell whether a node is a path."""
    return kind_of(node) == PATH


def is_device(node: str) -> bool:
    """Tell whether a node is a device, which no plan node needs."""
    return kind_of(node) == DEVICE and "/" in node


def plain_name(node: str) -> str:
    """Return how people call a node: a channel by its own name, all else in full."""
    return name_in(node) if is_channel(node) else node
