"""A Starlink dish on loopback: its gRPC service, with reflection, as far as we ask.

    with starlink_dish(outage="NO_SATS") as port: ...

Break it with `outage`, `disabled`, `obstructed`, `share`, `alerts`; with `mute=True`, a
firmware that does not tell its state; or with `reflects=False`.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc  # type: ignore[import-untyped]  # no stubs
from google.protobuf import (  # type: ignore[import-untyped]  # no stubs
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)
from grpc_reflection.v1alpha import reflection  # type: ignore[import-untyped]  # no stubs
from servers.scripted import closed_port

PACKAGE = "SpaceX.API.Device"
SERVICE = f"{PACKAGE}.Device"
CAUSES = ("UNKNOWN", "BOOTING", "STOWED", "THERMAL_SHUTDOWN", "NO_SCHEDULE", "NO_SATS")
CODES = ("UNKNOWN_STATE", "OKAY", "NO_ACTIVE_ACCOUNT")
ALERTS = ("motors_stuck", "thermal_throttle", "is_heating", "install_pending")
BOOL, FLOAT, MESSAGE, ENUM = 8, 2, 11, 14  # descriptor.proto, FieldDescriptorProto.Type

Field = tuple[str, int, str]


def _message(file: Any, name: str, *fields: Field) -> Any:
    message = file.message_type.add(name=name)
    for number, (field, kind, of) in enumerate(fields, 1):
        named = {"type_name": f".{PACKAGE}.{of}"} if of else {}
        message.field.add(name=field, number=number, type=kind, label=1, **named)
    return message


def _described(mute: bool) -> Any:
    """Describe the messages as the dish would."""
    file = descriptor_pb2.FileDescriptorProto(
        name="spacex/api/device/device.proto", package=PACKAGE, syntax="proto3"
    )
    outage = _message(file, "DishOutage", ("cause", ENUM, "DishOutage.Cause"))
    causes = outage.enum_type.add(name="Cause")
    for number, cause in enumerate(CAUSES):
        causes.value.add(name=cause, number=number)
    codes = file.enum_type.add(name="UtDisablementCode")
    for number, code in enumerate(CODES):
        codes.value.add(name=code, number=number)
    _message(file, "DishAlerts", *((alert, BOOL, "") for alert in ALERTS))
    _message(
        file,
        "DishObstructionStats",
        ("fraction_obstructed", FLOAT, ""),
        ("currently_obstructed", BOOL, ""),
    )
    fields: list[Field] = [
        ("alerts", MESSAGE, "DishAlerts"),
        ("obstruction_stats", MESSAGE, "DishObstructionStats"),
        ("disablement_code", ENUM, "UtDisablementCode"),
    ]
    if not mute:
        fields.append(("outage", MESSAGE, "DishOutage"))
    _message(file, "DishGetStatusResponse", *fields)
    _message(file, "GetStatusRequest")
    _message(file, "Request", ("get_status", MESSAGE, "GetStatusRequest"))
    _message(file, "Response", ("dish_get_status", MESSAGE, "DishGetStatusResponse"))
    file.service.add(name="Device").method.add(
        name="Handle",
        input_type=f".{PACKAGE}.Request",
        output_type=f".{PACKAGE}.Response",
    )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return pool


@contextmanager
def starlink_dish(
    *,
    outage: str | int | None = None,
    disabled: str | int = "OKAY",
    obstructed: bool = False,
    share: float = 0.0,
    alerts: Sequence[str] = (),
    mute: bool = False,
    reflects: bool = True,
) -> Iterator[int]:
    """Run it while the block lasts."""
    pool = _described(mute)

    def kind(name: str) -> Any:
        found = pool.FindMessageTypeByName(f"{PACKAGE}.{name}")
        return message_factory.GetMessageClass(found)

    status: dict[str, Any] = {
        "alerts": dict.fromkeys(alerts, True),
        "disablement_code": disabled,
        "obstruction_stats": {
            "currently_obstructed": obstructed,
            "fraction_obstructed": share,
        },
    }
    if outage is not None:
        status["outage"] = {"cause": outage}
    answer = kind("Response")(dish_get_status=status)
    handler = grpc.unary_unary_rpc_method_handler(
        lambda request, context: answer,
        request_deserializer=kind("Request").FromString,
        response_serializer=kind("Response").SerializeToString,
    )
    with ThreadPoolExecutor(2) as threads:
        server = grpc.server(threads)
        handlers = {"Handle": handler}
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, handlers),)
        )
        if reflects:
            names = (SERVICE, reflection.SERVICE_NAME)
            reflection.enable_server_reflection(names, server, pool=pool)
        port = closed_port()
        assert server.add_insecure_port(f"127.0.0.1:{port}") == port
        server.start()
        try:
            yield port
        finally:
            server.stop(None).wait()
