"""The addresses of groups, mined negatives, and the one thing that is written: marks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import BaseModel, Field

from flows.explorer.asking import Limit, Looking
from flows.explorer.groups import kinds, list_groups, one_group
from flows.explorer.negatives import Marks, Order, directions, list_negatives, marked
from storage.marks import Pair, Verdict

router = APIRouter()

_LONGEST = 64


def _marks(request: Request) -> Marks:
    marks = request.app.state.marks
    assert isinstance(marks, Marks)
    return marks


Marking = Annotated[Marks, Depends(_marks)]
Few = Annotated[int, Query(ge=1, le=60)]


class NewMark(BaseModel):
    """What a person says of a mined pair."""

    doc_id: str = Field(min_length=1, max_length=_LONGEST)
    position: int = Field(ge=0, le=2**31 - 1)
    negative_doc_id: str = Field(min_length=1, max_length=_LONGEST)
    negative_position: int = Field(ge=0, le=2**31 - 1)
    verdict: Verdict
    note: str | None = Field(default=None, max_length=1000)


@router.get("/groups/kinds")
def group_kinds(sight: Looking) -> list[dict[str, Any]]:
    """Count groups by kind."""
    return kinds(sight)


@router.get("/groups")
def groups(
    sight: Looking,
    kind: str | None = None,
    doc_id: str | None = None,
    after: str | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Give a page of groups."""
    return list_groups(sight, kind, doc_id, cursor=after, limit=limit)


@router.get("/groups/{group_id}")
def group(sight: Looking, group_id: str) -> dict[str, Any]:
    """Give a group with its members and priors."""
    return one_group(sight, group_id)


@router.get("/negatives/directions")
def negative_directions(sight: Looking) -> dict[str, Any]:
    """Tell what was mined in each direction."""
    return directions(sight)


@router.get("/negatives")
def negatives(
    sight: Looking,
    marks: Marking,
    *,
    modality: str | None = None,
    order: Order = "suspected",
    doc_id: str | None = None,
    after: str | None = None,
    limit: Few = 20,
) -> dict[str, Any]:
    """Give a page of mined negatives."""
    return list_negatives(sight, marks, modality, order, doc_id=doc_id, cursor=after, limit=limit)


@router.get("/marks")
def marks_made(sight: Looking, marks: Marking, after: str | None = None, limit: Few = 20) -> dict[str, Any]:
    """Give a page of the marks that count."""
    return marked(sight, marks, cursor=after, limit=limit)


@router.post("/marks", status_code=201)
def mark(sight: Looking, marks: Marking, new: NewMark, request: Request) -> dict[str, str]:
    """Write a mark. A form of another site cannot: it sends no JSON."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise HTTPException(415, "A mark is sent as JSON.")
    known = sight.ask(
        "select doc_id from catalogue.documents where doc_id in ($doc_id, $other)",
        {"doc_id": new.doc_id, "other": new.negative_doc_id},
    )
    if len(known) != len({new.doc_id, new.negative_doc_id}):
        raise HTTPException(404, "One of these documents is not in this build.")
    if (new.doc_id, new.position) == (new.negative_doc_id, new.negative_position):
        raise HTTPException(400, "A pair has two places.")
    pair = Pair(new.doc_id, new.position, new.negative_doc_id, new.negative_position)
    return {"mark_id": marks.add(pair, new.verdict, new.note)}
