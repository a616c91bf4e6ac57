"""The command line. Whatever goes wrong is one line on standard error: exit status 2, or 1 where the command worked and
the answer is no."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from api.command.ask import ask
from api.command.audit import audit
from api.command.bench import bench
from api.command.cases import cases
from api.command.chat import chat
from api.command.compact import compact
from api.command.evaluate import evaluate
from api.command.model import model
from api.command.serve import serve
from api.command.sessions import sessions
from api.command.token import token
from deployments.contracts.errors import WorkbenchError

NAME = "bi-workbench"
# typer carries its own copy of click or uses the installed one, by its version; this is the right one's base error.
_MISUSE: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")

app = typer.Typer(
    name=NAME,
    help="Conversational analytics: ask in English, get SQL, rows, a chart and findings, and go on from there.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (serve, ask, chat, token, model, evaluate, cases, sessions, compact, audit, bench):
    app.command()(command)


def main() -> None:
    """The entry point."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and give its exit status."""
    try:
        status = app(args=list(arguments) or ["--help"], prog_name=NAME, standalone_mode=False)
    except _MISUSE as error:
        return _say(f"{getattr(error, 'format_message', error.__str__)()} ({NAME} --help)")
    except WorkbenchError as error:
        return _say(error.detail)
    except (typer.Abort, KeyboardInterrupt):
        _say("stopped")
        return 130
    except BrokenPipeError:
        # Whoever read our output has enough of it.
        sys.stderr.close()
        return 0
    except OSError as error:
        return _say(f"{error.filename or 'the system'}: {error.strerror or type(error).__name__}")
    except Exception as error:
        return _say(f"something went wrong here ({type(error).__name__}: {error})")
    return status if isinstance(status, int) else 0


def _say(text: str) -> int:
    line = " ".join(text.split())
    print(f"{NAME}: {line}", file=sys.stderr)
    return 2
