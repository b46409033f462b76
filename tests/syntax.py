"""What stands in a source, worked out once for all the tests that look into it."""

import ast
from functools import cache


@cache
def nodes(source: str) -> list[ast.AST]:
    """Return all that stands in a source."""
    return list(ast.walk(ast.parse(source)))
