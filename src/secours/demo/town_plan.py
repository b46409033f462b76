"""The town's probes.yaml: its channels, their probes, and its plan."""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from secours.demo import labels
from secours.demo.servers import messenger_apis
from secours.demo.servers.dns_server import Records
from secours.demo.servers.mail_server import DOMAIN, HOST_NAME

PROBING = {
    "interval": "5s",
    "watch_every": "2s",
    "timeout": "2s",
    "confirm": 2,
    "recover": 2,
    "retry_every": "1s",
    "failback_after": "15s",
}
SCREEN = {"max_age": "10s"}
ACCESS = {"loopback": "open"}  # nothing in it is anybody's
MAIL_USER = "secours"
ZONE: Records = {
    (f"{DOMAIN}.", "MX"): f"10 {HOST_NAME}.",
    (f"{HOST_NAME}.", "A"): "192.0.2.25",
}
REFERENCES: Mapping[str, tuple[str, str]] = {
    "reference-1": ("reference.one.example.", "192.0.2.53"),
    "reference-2": ("reference.two.example.", "198.51.100.53"),
}
HEADER = "# The demo town, on this machine alone. Made anew each time it opens.\n"
Part = dict[str, Any]


def write(
    addresses: Mapping[str, str], *, language: str | None, autonomy_s: float
) -> str:
    """Return the file, given the address of each server and the mast's autonomy.

    Without a language each screen uses that of its viewer.
    """
    spoken = {"language": language} if language else {}
    document = {
        "site": {"name": labels.SITE, **spoken},
        "probing": PROBING,
        "screen": SCREEN,
        "access": ACCESS,
        "paths": {"lan": _path(addresses)},
        "components": _components(addresses, autonomy_s),
        "channels": _channels(addresses),
        "devices": DEVICES,
        "audiences": {name: _audience(groups) for name, groups in AUDIENCES.items()},
        "plan": [_line(*line) for line in LINES],
    }
    plain: str = yaml.dump(
        document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100
    )
    return HEADER + plain


class _Plain(yaml.SafeDumper):
    """YAML dumper without anchors, for readers of the file."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def _path(addresses: Mapping[str, str]) -> Part:
    references = [
        {
            "type": "dns",
            "name": name.rstrip("."),
            "server": addresses[server],
            "expect": value,
        }
        for server, (name, value) in REFERENCES.items()
    ]
    return {"depends_on": ["internet:fibre"], "references": references}


def _components(addresses: Mapping[str, str], autonomy_s: float) -> Part:
    own: dict[str, Part] = {
        "power:grid": {"probes": [_supply(addresses["supply"])]},
        "internet:fibre": {"depends_on": ["power:grid"], "autonomy": "2h"},
        "site:it": {"depends_on": ["power:grid"], "autonomy": "2h"},
        "carrier:mobile-a": {
            "depends_on": ["power:grid"],
            "autonomy": f"{autonomy_s:g}s",
        },
        "carrier:mobile-b": {"depends_on": ["power:grid"], "autonomy": "4h"},
        "radio:astrid": {"depends_on": ["power:grid"], "autonomy": "4h"},
    }
    return {
        name: {"label": label, **own.get(name, {})}
        for name, label in labels.COMPONENTS.items()
    }


def _supply(address: str) -> Part:
    ask = "GET VAR townhall ups.status\nLOGOUT\n"
    return {"type": "tcp", **_host(address), "send": ask, "expect": '"OL'}


NEEDS: Mapping[str, tuple[str, ...]] = {
    "sms": ("carrier:mobile-a",),
    "phones": ("carrier:voice", "internet:fibre"),
    "satphone": ("sat:iridium",),
    "pager": ("radio:astrid",),
    "siren": ("site:it",),
    "mail": ("site:it",),
    "signal": ("provider:signal", "cloud:aws-us-east-1", "internet:fibre"),
    "element": ("cloud:matrix-host", "internet:fibre"),
    "whatsapp": ("provider:meta", "internet:fibre"),
    "messenger": ("provider:meta", "internet:fibre"),
    "teams": ("identity:microsoft", "internet:fibre"),
    "slack": ("provider:slack", "cloud:aws-us-east-1", "internet:fibre"),
    "telegram": ("provider:telegram", "internet:fibre"),
    "radio": ("radio:astrid",),
}
VOICE = ("phones", "satphone", "radio")  # carry no text
ALERTING = ("sms", "phones", "satphone", "pager", "siren", "mail")
COORDINATING = frozenset(labels.CHANNELS) - {"sms", "pager", "siren"}
TESTED_BY_PEOPLE = ("pager", "radio")  # nothing here can probe them

HEARD_ON: Mapping[str, tuple[str, ...]] = {
    "sms": ("mobile.text",),
    "phones": ("mobile.voice", "landline"),
    "satphone": ("satphone",),
    "pager": ("pager",),
    "siren": ("ears",),
    "radio": ("astrid",),
}
ONLINE = ("mobile.data", "home-internet")  # of all others
DEVICES: Mapping[str, Part] = {
    "mobile": dict.fromkeys(("voice", "text", "data"), "carrier:mobile-b"),
    "landline": {"voice": ["carrier:voice", "power:grid"]},
    "home-internet": {"data": "power:grid"},
    "pager": {"text": "radio:astrid"},
    "astrid": {"voice": "radio:astrid"},
}
Groups = Mapping[str, tuple[int, tuple[str, ...]]]
AUDIENCES: Mapping[str, Groups] = {
    "management": {
        "room": (12, ("mobile", "landline", "satphone", "pager", "astrid")),
    },
    "staff": {
        "field": (20, ("mobile", "astrid")),
        "home": (60, ("mobile", "home-internet")),
    },
}

Tiers = tuple[str | list[str], ...]
LINES: tuple[tuple[str, str, Tiers], ...] = (
    ("alert", "management", ("sms", "phones", "satphone", "pager")),
    (
        "coordinate",
        "management",
        ("signal", "element", "phones", ["satphone", "radio"]),
    ),
    ("alert", "staff", ("siren", "sms", "mail")),
    (
        "coordinate",
        "staff",
        ("whatsapp", ["messenger", "teams"], ["slack", "telegram"], ["mail", "radio"]),
    ),
)


def _carries(name: str) -> list[str]:
    if name == "siren":
        return ["signal"]
    return ["voice"] if name in VOICE else ["text"]


def _audience(groups: Groups) -> Part:
    return {
        "groups": {
            name: {"label": labels.GROUPS[name], "people": people, "devices": [*has]}
            for name, (people, has) in groups.items()
        }
    }


def _line(purpose: str, audience: str, tiers: Tiers) -> Part:
    order = ("primary", "alternate", "contingency", "emergency")
    return {
        "purpose": purpose,
        "audience": audience,
        **dict(zip(order, tiers, strict=False)),
        "last_resort": labels.LAST_RESORTS[purpose, audience],
    }


def _channels(addresses: Mapping[str, str]) -> Part:
    probes = _probes(addresses)
    return {
        name: {
            "label": named.label,
            "short_name": named.short,
            "how": named.how,
            "purposes": list(_purposes(name)),
            "depends_on": list(NEEDS[name]),
            "carries": _carries(name),
            "heard_on": list(HEARD_ON.get(name, ONLINE)),
            **(
                {"test": {"every": "7d"}}
                if name in TESTED_BY_PEOPLE
                else {"probes": probes[name]}
            ),
        }
        for name, named in labels.CHANNELS.items()
    }


def _purposes(channel: str) -> Iterable[str]:
    if channel in ALERTING:
        yield "alert"
    if channel in COORDINATING:
        yield "coordinate"


def _probes(addresses: Mapping[str, str]) -> dict[str, list[Part]]:
    return {
        "sms": [{"type": "modem", "port": addresses["modem"]}],
        "phones": [{"type": "sip", "via": "lan", **_host(addresses["exchange"])}],
        "satphone": [{"type": "iridium", "port": addresses["satellite"]}],
        "siren": [_plugin(addresses)],
        "mail": _mail(addresses),
        **{name: [probe] for name, probe in _messengers(addresses).items()},
    }


def _plugin(addresses: Mapping[str, str]) -> Part:
    command = ["/bin/sh", addresses["sirens"], addresses["sirens-answering"]]
    return {"type": "plugin", "command": command}


def _mail(addresses: Mapping[str, str]) -> list[Part]:
    smtp = {
        "type": "smtp",
        **_host(addresses["mail"]),
        "username": MAIL_USER,
        "password": "${DEMO_MAIL_PASSWORD}",
        "mail_from": f"secours@{DOMAIN}",
        "rcpt_to": f"crise@{DOMAIN}",
    }
    names = {
        "type": "dns",
        "via": "lan",
        "name": DOMAIN,
        "server": addresses["zone"],
        "record": "MX",
        "expect": HOST_NAME,
        "required": False,  # mail within the town needs no public names
    }
    return [smtp, names]


def _messengers(addresses: Mapping[str, str]) -> dict[str, Part]:
    graph = f"http://{addresses['meta']}/v20.0"
    meta = {"headers": {"Authorization": "Bearer ${DEMO_META_TOKEN}"}}
    health = "health_status.can_send_message"
    return {
        "signal": _http(
            f"http://{addresses['signal']}/v1/about",
            expect_json={"versions.1": "v2"},
        ),
        "element": _http(
            f"http://{addresses['matrix']}/_matrix/client/versions",
            expect_json={"versions.0": "v1.10"},
        ),
        "whatsapp": _http(
            f"{graph}/{messenger_apis.PHONE_ID}?fields=health_status",
            **meta,
            expect_json={health: "AVAILABLE"},
        ),
        "messenger": _http(
            f"{graph}/me?fields=id,name",
            **meta,
            expect_json={"id": messenger_apis.PAGE_ID},
        ),
        "teams": _sign_in(addresses["teams"]),
        "slack": _http(
            f"http://{addresses['slack']}/api/auth.test",
            method="POST",
            headers={"Authorization": "Bearer ${DEMO_SLACK_TOKEN}"},
            expect_json={"ok": True},
        ),
        "telegram": _http(
            f"http://{addresses['telegram']}/bot${{DEMO_TELEGRAM_TOKEN}}/getMe",
            expect_json={"ok": True, "result.is_bot": True},
        ),
    }


def _sign_in(address: str) -> Part:
    """Request a new token each time: an old one works while the sign-in is down."""
    form = (
        f"grant_type=client_credentials&client_id={messenger_apis.CLIENT_ID}"
        "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
        "&client_secret=${DEMO_TEAMS_SECRET}"
    )
    return _http(
        f"http://{address}/{messenger_apis.TENANT}/oauth2/v2.0/token",
        method="POST",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=form,
        expect_json={"token_type": "Bearer"},
    )


def _http(url: str, **options: Any) -> Part:
    return {"type": "http", "via": "lan", "url": url, **options}


def _host(address: str) -> Part:
    host, _, port = address.rpartition(":")
    return {"host": host, "port": int(port)}
