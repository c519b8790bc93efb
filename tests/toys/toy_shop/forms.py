"""What the endpoints take and give."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

Word = Annotated[str, Field(min_length=1, max_length=32)]


class Wanted(BaseModel):
    """How many suggestions, for which group."""

    model_config = ConfigDict(extra="forbid")
    group: Word
    most: int = Field(3, ge=1, le=20)


class Suggested(BaseModel):
    """Items, the likeliest first."""

    group: str
    model: str
    items: list[str]


class Sale(BaseModel):
    """What a group took."""

    model_config = ConfigDict(extra="forbid")
    group: Word
    item: Word
    key: Word
    count: int = Field(1, ge=1, le=100)
    instead_of: Word | None = Field(None, alias="insteadOf")

    @model_validator(mode="after")
    def _of_something_else(self) -> Sale:
        if self.instead_of == self.item:
            raise ValueError("an item is not taken instead of itself")
        return self
