"""Who may import whom: api -> actors -> deployments.gateway -> contracts, and app -> agents -> analytics -> contracts."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent
RAY_FILES = {
    "actors/session.py",
    "actors/directory.py",
    "actors/worker_pool.py",
    "deployments/calls.py",
    "deployments/gateway.py",
    "deployments/lines/place.py",
    "deployments/loopback.py",
    "deployments/first_call.py",
    "deployments/handles.py",
    "deployments/metrics.py",
    "deployments/router.py",
    "deployments/sql_agent.py",
    "deployments/viz_agent.py",
    "deployments/analysis_agent.py",
    "deployments/metadata_agent.py",
    "deployments/journal/deployment.py",
    "deployments/app.py",
    "deployments/local_cluster.py",
    "api/app.py",
    "api/cli.py",
}
FORBIDDEN = {
    "deployments/contracts": ("actors", "api", "deployments.analytics", "deployments.journal", "deployments.gateway"),
    "deployments/analytics": ("actors", "api", "deployments.journal", "deployments.gateway", "deployments.app", "asyncio", "starlette"),
    "deployments/journal": ("actors", "api", "deployments.analytics"),
    "deployments": ("actors", "api"),
    "actors": ("api", "deployments.analytics", "deployments.app", "deployments.router", "deployments.sql_agent",
               "deployments.viz_agent", "deployments.analysis_agent", "deployments.metadata_agent"),
}  # fmt: skip


def sources() -> list[Path]:
    return [path for top in ("deployments", "actors", "api") for path in sorted((ROOT / top).rglob("*.py"))]


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SystemError:
        # CPython 3.11 loses count of its depth where another thread or a collection comes in between.
        return ast.parse(source)


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(_parsed(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def test_no_file_imports_upward() -> None:
    breaches = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in sources()
        for folder, packages in FORBIDDEN.items()
        if path.relative_to(ROOT).as_posix().startswith(folder + "/")
        for module in imports(path)
        if any(within(module, package) for package in packages)
    ]
    assert breaches == []


def test_only_the_shells_import_ray() -> None:
    breaches = [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if any(within(module, "ray") for module in imports(path)) and path.relative_to(ROOT).as_posix() not in RAY_FILES
    ]
    assert breaches == []


def test_contracts_import_nothing_of_ours_but_contracts() -> None:
    ours = ("deployments", "actors", "api")
    breaches = [
        f"{path.name} imports {module}"
        for path in (ROOT / "deployments" / "contracts").glob("*.py")
        for module in imports(path)
        if module.startswith(ours) and not within(module, "deployments.contracts")
    ]
    assert breaches == []
