"""What a program sees of the runtime's log before and after it configures structlog."""

from __future__ import annotations

import io
import re
import subprocess
import sys

import pytest
import structlog

from actors import Actor
from runtime import ActorSystem
from runtime.observability import configure_logging, logger


@pytest.fixture(autouse=True)
def unconfigured():
    """Have structlog as it is in a new process, and afterwards as it was."""
    before, configured = structlog.get_config(), structlog.is_configured()
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    if configured:
        structlog.configure(**before)


async def fail_once():
    class Failing(Actor):
        def receive(self, message):
            raise ValueError(message)

    async with ActorSystem("log") as system:
        system.log.info("not for everybody")
        system.spawn(Failing, "failing").tell("oh")
        await system.resolve("actor://log/user/failing")


async def test_an_unconfigured_log_is_quiet_on_stdout_and_plain_on_stderr(capsys):
    """Without any configuration errors go to stderr, a line and a traceback, and nothing goes to stdout."""
    await fail_once()

    out, err = capsys.readouterr()
    assert out == ""
    assert "actor://log/user/failing" in err
    assert "ValueError: oh" in err
    assert "not for everybody" not in err


async def test_a_verbose_log_has_everything():
    """With `verbose` also what is merely informative is logged, where the program wants it."""
    stream = io.StringIO()
    configure_logging(verbose=True, stream=stream)

    await fail_once()

    assert "not for everybody" in stream.getvalue()


def test_a_line_below_the_level_of_the_program_costs_no_logger(monkeypatch):
    """Two loggers are made by structlog before it drops a line; it is not asked for any if the level is not shown."""
    stream, made, make = io.StringIO(), [], structlog.get_logger
    configure_logging(level="warning", stream=stream)
    monkeypatch.setattr(structlog, "get_logger", lambda **bound: made.append(bound) or make(**bound))

    logger(system="log").info("not for everybody")
    assert not made
    logger(system="log").warning("for everybody")

    assert len(made) == 1
    assert "for everybody" in stream.getvalue()


async def test_watching_something_else_than_a_reference_is_an_error_and_nothing_more(actor_system):
    """`watch` of no reference raises in the watcher at once, and its system still ends."""
    caught = []

    class Watcher(Actor):
        def receive(self, message):
            try:
                self.context.watch(message)
            except TypeError as error:
                caught.append(str(error))

    watcher = actor_system.spawn(Watcher, "watcher")
    watcher.tell("not a reference")
    await actor_system.resolve("actor://test/user/watcher")
    assert caught == ["only an ActorRef can be watched, not 'not a reference'"]


@pytest.mark.real
def test_a_failure_does_not_wait_for_an_import():
    """In a program that has not configured structlog a failing actor is logged, and structlog is never imported."""
    program = """
import asyncio, sys
from actors import Actor
from runtime import ActorSystem
class Failing(Actor):
    def receive(self, message):
        raise ValueError(message)
async def main():
    async with ActorSystem("log") as system:
        system.spawn(Failing, "failing").tell("oh no")
        await system.resolve("actor://log/user/failing")
    print("structlog" in sys.modules)
asyncio.run(main())
"""
    outcome = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=50, check=True)

    assert outcome.stdout.strip() == "False"
    lines = outcome.stderr.splitlines()
    line, *trace = (line for line in lines if "held up the event loop" not in line)  # which may be, on a busy machine
    begin = r"\d{4}-\d\d-\d\dT[\d:.]+Z \[error    \] actor failed: restart actor=actor://log/user/failing#"
    assert re.match(begin, line)
    assert "error='ValueError: oh no' message_type=str system=log" in line
    assert trace[0] == "Traceback (most recent call last):"
    assert trace[-1] == "ValueError: oh no"


class Full(io.StringIO):
    """A disk without room, or a pipe without a reader."""

    def write(self, text):
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("configured", [True, False])
async def test_a_log_that_cannot_be_written_fails_nobody(monkeypatch, configured):
    """Actors that have something to say go on when nobody can hear it."""
    said = []

    class Talking(Actor):
        def receive(self, message):
            self.log.error("oh", message=message)
            said.append(message)

    monkeypatch.setattr(sys, "stderr", Full())
    if configured:
        configure_logging()
    async with ActorSystem("log") as system:
        talking = system.spawn(Talking, "talking")
        talking.tell("a")
        talking.tell("b")
        await system.resolve("actor://log/user/talking")
    assert said == ["a", "b"]
