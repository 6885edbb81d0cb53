"""The web application: the explorer's pages and what they ask for, over one dataset and its runs."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, JSONResponse
from starlette.requests import Request
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from flows.explorer import routes_documents, routes_map, routes_mined, routes_runs, routes_search
from flows.explorer.apart import end_running, run_apart
from flows.explorer.cache import prune
from flows.explorer.guarding import LOOPBACK, Guard
from flows.explorer.negatives import Marks
from flows.explorer.overview import overview
from flows.explorer.pictures import Pictures
from flows.explorer.searcher import Searcher
from flows.explorer.sight import Sight, open_sight
from flows.explorer.snapshot import build_of, take_snapshot
from storage.errors import LooseleafError
from storage.references import readable_builds

_LOG = logging.getLogger(__name__)
_STATIC = Path(__file__).with_name("static")
#: Places the names on the map, with WebAssembly that it holds itself; it sees no page and no document.
_WORKER = "clustering.worker.js"
_WORKER_POLICY = "default-src 'none'; script-src 'wasm-unsafe-eval'; connect-src data:"


def create_app(
    dataset: str,
    runs: Mapping[str, str] | None = None,
    build_id: str | None = None,
    hosts: Collection[str] = LOOPBACK,
) -> ASGIApp:
    """Return the explorer of a dataset as an ASGI application.

    What it lists is worked out first if need be, in a process of its own, and kept in the user's cache.

    Args:
        dataset: path or URL.
        runs: paths or URLs of runs to show, by name.
        build_id: the build to look at; by default the latest.
        hosts: names under which the server may be asked.

    Raises:
        LooseleafError: if there is no such dataset or build, or it cannot be read.
    """
    sight = open_sight(take_snapshot(dataset, build_id), dict(runs or {}))
    app = FastAPI(
        title="Looseleaf",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        default_response_class=Answer,
        lifespan=_prepared,
    )
    app.state.sight, app.state.pictures = sight, Pictures(sight)
    app.state.searcher, app.state.marks = Searcher(sight), Marks(dataset)
    for routes in (routes_documents, routes_search, routes_mined, routes_map, routes_runs):
        app.include_router(routes.router, prefix="/api")
    app.add_api_route("/api/overview", lambda: overview(sight))
    app.add_exception_handler(LooseleafError, _sentence)
    app.add_api_route(f"/assets/{_WORKER}", _worker, include_in_schema=False)
    app.mount("/assets", StaticFiles(directory=_STATIC / "assets"))
    app.add_api_route("/{path:path}", _page, methods=["GET"], include_in_schema=False)
    return Guard(app, hosts)


@asynccontextmanager
async def _prepared(app: FastAPI) -> AsyncIterator[None]:
    """While the server runs: make what search and the map need, so that nobody waits for it later."""
    threading.Thread(target=_prepare, args=(app.state.sight, app.state.searcher), daemon=True).start()
    yield
    end_running()


def _prepare(sight: Sight, searcher: Searcher) -> None:
    snapshot = sight.snapshot
    prune(snapshot.dataset, [snapshot.tables, *(build.tables for build in readable_builds(snapshot.dataset))])
    if "embeddings" not in snapshot.tables:
        return
    try:
        searcher.warm()
        if not sight.mapped:
            run_apart("flows.explorer.map_drawing", [snapshot.dataset, build_of(snapshot)])
    except LooseleafError as error:
        _LOG.warning("%s", error)


class Answer(JSONResponse):
    """JSON in which a number that is none (a cosine of nothing) is null."""

    def render(self, content: Any) -> bytes:
        """Return the bytes of an answer."""
        return super().render(_finite(content))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value


async def _page(path: str) -> FileResponse:
    """Give the one page, which shows the view that the address names."""
    if path.startswith("api/"):
        raise HTTPException(404, "There is nothing at this address.")
    return FileResponse(_STATIC / "index.html", headers={"Cache-Control": "no-cache"})


async def _worker() -> FileResponse:
    """Give the map's worker, whose policy is its own."""
    headers = {"Content-Security-Policy": _WORKER_POLICY, "Cache-Control": "no-cache"}
    return FileResponse(_STATIC / "assets" / _WORKER, headers=headers)


async def _sentence(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"detail": str(error)}, status_code=400)
