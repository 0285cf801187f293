"""Save what an operator answers to whoever reads it whole, as files: `python -m tests.bench.pages SANDBOX FOLDER`.

The floor and the plain script read these, so that they need no connection.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

import httpx

from reconciler.sandbox import Sandbox

PAGE = 500
USERS = "/tmf-api/party/v4/individual"
PRODUCTS = "/tmf-api/productInventory/v4/product"
FIELDS = "id,status,productOffering,productCharacteristic,relatedParty,productRelationship"


async def save(sandbox: Path, folder: Path) -> None:
    """Write every page of the users and of the products."""
    transport = httpx.ASGITransport(app=Sandbox.open(sandbox).app())
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        for name, path, params in (("users", USERS, {}), ("products", PRODUCTS, {"fields": FIELDS})):
            (folder / name).mkdir(parents=True)
            for number in itertools.count():
                page = await client.get(path, params={**params, "offset": number * PAGE, "limit": PAGE}, timeout=60)
                if page.content == b"[]":
                    break
                (folder / name / f"{number:06d}.json").write_bytes(page.content)


if __name__ == "__main__":
    asyncio.run(save(Path(sys.argv[1]), Path(sys.argv[2])))
