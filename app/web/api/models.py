"""Bases of everything the API takes and gives: what is asked is strict, what is answered is frozen."""

from typing import Annotated, Any

from apiflask.fields import UploadFile
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from werkzeug.datastructures import FileStorage

from app.kernel.words import N_

USUAL_PAGE = 25
MOST_A_PAGE = 100


ID = Annotated[str, Field(min_length=1, max_length=40, pattern="^[A-Za-z0-9_-]+$", examples=["Zk0b3pSf1n6q8WJm2Yc4Vg"])]
"""A public id of ours."""

NO_FILE = N_("Please send a file here.")


def _file(sent: object) -> object:
    if not isinstance(sent, FileStorage):
        raise PydanticCustomError("no_file", NO_FILE)
    return sent


SentFile = Annotated[UploadFile, BeforeValidator(_file)]
"""A file in a body of several parts; the view closes it."""


class Asked(BaseModel):
    """A body or query as it must be: no unknown field, no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _without_defaults(schema: dict[str, Any]) -> None:
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Changes(Asked):
    """A change of something: what is left out stays as it is, so no field has a default that would be told."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class Answered(BaseModel):
    """What is given back; every field is always there, empty ones as null."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_serialization_defaults_required=True)


class PageQuery(BaseModel):
    """Which part of a list: ``cursor`` is the ``next`` of the page before."""

    # A query is text, so numbers are read from it.
    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=MOST_A_PAGE, description="How many at most.")] = USUAL_PAGE
    cursor: Annotated[
        str, Field(max_length=200, description="The `next` of the page before; leave it out for the first page.")
    ] = ""


class Page(Answered):
    """Part of a list; ``next`` is the cursor of what follows, null at the end."""

    next: Annotated[str | None, Field(description="Cursor of the next page, null on the last.")] = None
