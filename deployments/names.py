"""Names that processes find each other by."""

from typing import Final

NAMESPACE: Final = "bi-workbench"
"""The Ray namespace of session actors; there an actor's name is its session's id."""

RELAYS: Final = "bi-workbench-relays"
"""The Ray namespace of what calls agents for sessions that have only just begun."""

LINES: Final = "BI_WORKBENCH_LINES"
"""The environment variable that says in which folder this machine's processes find each other's sockets; `off` for
none."""

AGENTS_APPLICATION: Final = "agents"
CHAT_APPLICATION: Final = "chat"

ROUTER: Final = "router"
SQL_AGENT: Final = "sql_agent"
VIZ_AGENT: Final = "viz_agent"
ANALYSIS_AGENT: Final = "analysis_agent"
METADATA_AGENT: Final = "metadata_agent"
JOURNAL: Final = "journal"

AGENTS: Final = (ROUTER, SQL_AGENT, VIZ_AGENT, ANALYSIS_AGENT, METADATA_AGENT)
