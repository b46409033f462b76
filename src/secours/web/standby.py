"""Report for a standby: the whole state, sealed, for its token alone.

Its nonce for this request is in the seal, so an answer is valid once.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from secours import places
from secours.engine import access_token
from secours.engine.following import report
from secours.engine.published import snapshot_file
from secours.engine.published.current import Look
from secours.web.answers import HEADERS, json_answer
from secours.web.door import bearer, refusal
from secours.web.tokens import STANDBY

NEEDS_TOKEN = "a standby bears the token that `secours link` prints for it"
NEEDS_NONCE = f"a standby asks with ?{report.NONCE}=, of its own and each time another"
A_STANDBY = "this one itself stands by for another"
NOTHING_KNOWN = "nothing is known now, or not all that people said"


def answer(request: Request, look: Callable[[], Look]) -> Response:
    """Answer a standby, or refuse."""
    token = access_token.read(places.data_dir())
    if token is None or bearer(request) != STANDBY:
        return refusal(request, NEEDS_TOKEN)
    nonce = request.query_params.get(report.NONCE, "")
    if not 0 < len(nonce) <= report.LONGEST_NONCE:
        return json_answer({"error": NEEDS_NONCE}, 400)
    try:
        body = report.written(look)
    except report.Follows as follows:
        which = {report.INSTANCE: follows.instance}
        return json_answer({"error": A_STANDBY, **which}, report.CONFLICT)
    except (OSError, snapshot_file.Corrupt, places.NoPlace, report.Unknown):
        return json_answer({"error": NOTHING_KNOWN}, 503)
    seal = report.seal(access_token.of_standby(token), nonce, body)
    headers = {**HEADERS, report.SEAL: seal}
    return Response(body, 200, headers, "application/json")
