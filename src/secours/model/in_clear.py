"""A secret of a plan that can be learnt on its way to its addressee."""

from typing import Literal

from msgspec import Struct


class InClear(Struct, frozen=True, kw_only=True):
    """A secret that somebody between here and its addressee can learn."""

    of: str  # the channel, component or path as a node, else the part of the plan
    option: str  # by its keys: headers.Authorization
    where: str  # its place, as mistakes name it
    line: int  # 0, as the column, where the text of the plan is not at hand
    column: int
    host: str
    problem: Literal["unencrypted", "unverified"]
    mend: str  # the change of the plan that protects it
