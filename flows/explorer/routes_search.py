"""The addresses of search: by words and a stored picture, or by a picture that the browser brings."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field

from flows.explorer.asking import Limit, Showing
from flows.explorer.searcher import MOST_HITS, Searcher
from flows.explorer.searcher import Query as Asked

router = APIRouter()

_MOST_BYTES = 20_000_000


def _searcher(request: Request) -> Searcher:
    searcher = request.app.state.searcher
    assert isinstance(searcher, Searcher)
    return searcher


Searching = Annotated[Searcher, Depends(_searcher)]
Start = Annotated[int, Query(ge=0, lt=MOST_HITS)]
Words = Annotated[str | None, Query(max_length=2000)]


class Brought(BaseModel):
    """A picture that a browser brings, and what goes with it."""

    picture: str = Field(max_length=_MOST_BYTES * 4 // 3 + 4)  # base64
    words: str | None = Field(default=None, max_length=2000)
    source: str | None = None
    language: str | None = None
    start: int = Field(default=0, ge=0, lt=MOST_HITS)
    limit: int = Field(default=30, ge=1, le=200)


@router.get("/search")
def search(
    searcher: Searching,
    pictures: Showing,
    *,
    words: Words = None,
    image_id: str | None = None,
    source: str | None = None,
    language: str | None = None,
    start: Start = 0,
    limit: Limit = 30,
) -> dict[str, Any]:
    """Give what is nearest to words, to a stored picture or to both."""
    picture = None
    if image_id:
        picture = pictures.content(image_id)
        if picture is None:
            raise HTTPException(404, f"There is no picture {image_id} in this build.")
    return searcher.search(Asked(words, picture, source, language), start, limit)


@router.post("/search")
def search_by_picture(searcher: Searching, brought: Brought) -> dict[str, Any]:
    """Give what is nearest to a picture that is brought, alone or with words; nothing is kept of it."""
    try:
        picture = base64.b64decode(brought.picture, validate=True)
    except binascii.Error as error:
        raise HTTPException(400, "That is no picture in base64.") from error
    asked = Asked(brought.words, picture, brought.source, brought.language)
    return searcher.search(asked, brought.start, brought.limit)


@router.get("/search/ready")
def ready(searcher: Searching) -> dict[str, bool]:
    """Tell whether the indices have been made."""
    return {"ready": searcher.ready()}
