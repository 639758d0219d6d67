"""Makes a `Job` from its source: runs a file's bytes as a module, or imports one, and takes the job by name.

Shell of `cluster.model.job_source`: it runs code of the user, so whatever that does comes out as one `UserCodeError`
with a text for people. Used by the client before it submits, and wherever a task is made. Deliberately not here: tasks.
"""

from __future__ import annotations

import hashlib
import importlib
import linecache
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from cluster.model.job import Job, JobError
from cluster.model.job_source import JobSource
from cluster.slots.user_traceback import sendable, user_traceback


class UserCodeError(Exception):
    """The job cannot be made from its source.

    Attributes:
        recoverable: Whether the same source may work at another time or place; False for what no repetition changes.
    """

    def __init__(self, text: str, *, recoverable: bool = False) -> None:
        super().__init__(sendable(text))
        self.recoverable = recoverable


def read_source(target: str, arguments: Mapping[str, str] | None = None) -> JobSource:
    """The source that a command names.

    Args:
        target: `FILE[:NAME]`, or `package.module[:NAME]` when there is no such file; NAME is `job` when left out.
        arguments: The command's `key=value` words.

    Raises:
        UserCodeError: If there is no such file, or it cannot be read.
    """
    place, colon, entry = target.rpartition(":")
    if not colon or Path(target).is_file():
        place, entry = target, "job"
    words = dict(arguments or {})
    path = Path(place)
    if path.is_file() or path.suffix == ".py" or not all(part.isidentifier() for part in place.split(".")):
        try:
            return JobSource(
                file_name=str(path.absolute()), code=path.read_bytes(), entry=entry or "job", arguments=words
            )
        except OSError as error:
            raise UserCodeError(f"the job file {place} cannot be read: {error.strerror or error}") from None
    return JobSource(module=place, entry=entry or "job", arguments=words)


def load_job(source: JobSource) -> Job:
    """Run the user's code and return its job.

    A file is run once in each process, as a module of its own that is known in `sys.modules`; its function `job` is
    called each time.

    Raises:
        UserCodeError: If the code does not run, or what it names is no job.
    """
    try:
        module = importlib.import_module(source.module) if source.module else _run_file(source)
        return _take(source, module)
    except UserCodeError:
        raise
    except JobError as error:
        raise UserCodeError(f"{source} is no job that can be run: {error}") from error
    except SyntaxError as error:
        raise UserCodeError(f"{source} is no valid Python:\n{user_traceback(error)}") from error
    except ImportError as error:
        hint = "a job's file is shipped alone, what it imports must be installed wherever a TaskManager runs"
        raise UserCodeError(f"{source} cannot be imported ({hint}):\n{user_traceback(error)}") from error
    except BaseException as error:
        raise UserCodeError(
            f"{source} raised while the job was made:\n{user_traceback(error)}", recoverable=True
        ) from error


def load_shipped_job(plain: Any) -> Job:
    """Like `load_job`, from the source as it comes with a deployment.

    Raises:
        UserCodeError: Also if `plain` is no source.
    """
    try:
        source = JobSource.from_wire(plain)
    except ValueError as error:
        raise UserCodeError(str(error)) from None
    return load_job(source)


def _run_file(source: JobSource) -> ModuleType:
    digest = hashlib.sha256(source.file_name.encode() + b"\0" + source.code).hexdigest()[:16]
    name = f"deathwatch_job_{digest}"
    known = sys.modules.get(name)
    if known is not None:
        return known
    module = ModuleType(name)
    module.__file__ = source.file_name
    text = source.code.decode("utf-8", "replace")
    # So that tracebacks show the lines, also where there is no such file.
    linecache.cache[source.file_name] = (len(text), None, text.splitlines(keepends=True), source.file_name)
    sys.modules[name] = module
    try:
        exec(compile(source.code, source.file_name, "exec", dont_inherit=True), module.__dict__)  # noqa: S102 - a job is code
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _take(source: JobSource, module: ModuleType) -> Job:
    try:
        found: Any = getattr(module, source.entry)
    except AttributeError:
        jobs = sorted(name for name, value in vars(module).items() if isinstance(value, Job))
        hint = f"; it has {', '.join(jobs)}" if jobs else ""
        raise UserCodeError(
            f"{source} does not exist: {source.module or source.file_name} has no {source.entry!r}{hint}"
        ) from None
    if callable(found) and not isinstance(found, type):
        found = found(dict(source.arguments))
    elif isinstance(found, Job) and source.arguments:
        words = ", ".join(source.arguments)
        raise UserCodeError(
            f"{source} is a Job, so it takes no arguments ({words}); write a function {source.entry}(arguments)"
        )
    if not isinstance(found, Job):
        raise UserCodeError(f"{source} gives {type(found).__name__!r} where a Job is expected")
    return found
