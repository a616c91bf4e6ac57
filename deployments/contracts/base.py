"""The common base of every value that crosses a wall of the house."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value: compared by content, hashable, serializable, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")
