"""What routes are given: the sight and the pictures of the app that they serve, and limits."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request

from flows.explorer.paging import MOST
from flows.explorer.pictures import Pictures
from flows.explorer.sight import Sight


def _sight(request: Request) -> Sight:
    sight = request.app.state.sight
    assert isinstance(sight, Sight)
    return sight


def _pictures(request: Request) -> Pictures:
    pictures = request.app.state.pictures
    assert isinstance(pictures, Pictures)
    return pictures


Looking = Annotated[Sight, Depends(_sight)]
Showing = Annotated[Pictures, Depends(_pictures)]
Limit = Annotated[int, Query(ge=1, le=MOST)]
