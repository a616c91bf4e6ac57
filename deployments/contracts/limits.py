"""How much one query may use."""

from pydantic import Field

from deployments.contracts.base import Value


class Limits(Value):
    """Bounds of one query in the warehouse.

    `rows`: most rows kept of a result (one more is asked for, to know that there are more). `seconds`: the query is
    interrupted after so long. `memory_mb`, `threads`: what its engine may use; `spill_mb`: what it may put on disk
    beyond that. Queries that run at once have an engine each."""

    rows: int = Field(default=10_000, gt=0)
    seconds: float = Field(default=30.0, gt=0)
    memory_mb: int = Field(default=1024, gt=0)
    spill_mb: int = Field(default=4096, ge=0)
    threads: int = Field(default=2, gt=0)
