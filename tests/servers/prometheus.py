"""Prometheus itself, which scrapes one address every 3 s and evaluates rules."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from servers.daemons import running
from servers.debian import found, needs
from servers.scripted import LOOPBACK, closed_port

NEEDED = needs("prometheus", "prometheus")
PATIENCE_S = 60.0
CONF = """
global: {{scrape_interval: 3s, scrape_timeout: 3s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - job_name: secours
    authorization: {{credentials: "{token}"}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


class Server:
    """What it is asked, by its HTTP API."""

    def __init__(self, port: int) -> None:
        self._client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S
        )

    async def ready(self) -> None:
        """Wait until it serves: its port is open before it has read its store."""
        async with asyncio.timeout(PATIENCE_S):
            while not (await self._client.get("/-/ready")).is_success:  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.2)

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the result of an expression now."""
        answer = await self._client.get(f"/api/v1/query?query={quote(expression)}")
        said = json.loads(answer.text)
        assert said["status"] == "success", (expression, said)
        result: list[dict[str, Any]] = said["data"]["result"]
        return result

    async def rules(self) -> dict[str, str]:
        """Return the health of each rule, once all were evaluated."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                answer = await self._client.get("/api/v1/rules")
                groups = answer.json()["data"]["groups"]
                rules = [rule for group in groups for rule in group["rules"]]
                if rules and all(rule["health"] != "unknown" for rule in rules):
                    return {rule["name"]: rule["health"] for rule in rules}
                await asyncio.sleep(0.2)

    async def empty(self, expressions: Iterable[str]) -> list[str]:
        """Return which of them have no result, however long that is waited for."""
        left = [*expressions]
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    left = [each for each in left if not await self.query(each)]
                    if not left:
                        break
                    await asyncio.sleep(0.2)
        return left

    async def close(self) -> None:
        """Ask no more."""
        await self._client.aclose()


@asynccontextmanager
async def scraping(
    folder: Path, port: int, token: str, rules: Path
) -> AsyncIterator[Server]:
    """Scrape a port of this machine while inside."""
    conf = folder / "prometheus.yml"
    conf.write_text(CONF.format(rules=rules, token=token, port=port))
    ours = closed_port()
    command = [
        found("prometheus"),
        f"--config.file={conf}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address={LOOPBACK}:{ours}",
        "--log.level=error",
    ]
    log = folder / "prometheus.log"
    async with running(command, port=ours, log=log):
        server = Server(ours)
        try:
            await server.ready()
            yield server
        finally:
            await server.close()
