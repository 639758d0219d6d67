"""Where a job's code comes from: a file's bytes, or an importable module; and which name in it is the job. Pure.

The source travels with the job (stored once, sent with each deployment), so that every process makes the same job from
it. Deliberately not here: importing it, which is done in the client and in the slots' processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class JobSource:
    """Code that makes a `Job`.

    Attributes:
        module: Dotted name of an importable module, or empty when `code` is given.
        file_name: Name of the file that the code was read from, for tracebacks.
        code: The file's bytes, or empty when `module` is given.
        entry: Name in it: a `Job`, or a function that takes `arguments` and returns one.
        arguments: The command's `key=value` words.
    """

    module: str = ""
    file_name: str = ""
    code: bytes = b""
    entry: str = "job"
    arguments: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if bool(self.module) == bool(self.file_name):
            raise ValueError(
                f"a job comes from a module or from a file, exactly one of them; "
                f"got module {self.module!r} and file {self.file_name!r}"
            )
        if not self.entry:
            raise ValueError("the name of the job in its source must not be empty")

    def __str__(self) -> str:
        return f"{self.module or self.file_name}:{self.entry}"

    def to_wire(self) -> dict[str, Any]:
        """As MessagePack values."""
        return {
            "module": self.module,
            "file_name": self.file_name,
            "code": self.code,
            "entry": self.entry,
            "arguments": dict(self.arguments),
        }

    @classmethod
    def from_wire(cls, plain: Any) -> JobSource:
        """The source that `to_wire` described.

        Raises:
            ValueError: If `plain` is something else.
        """
        try:
            if not isinstance(plain["code"], bytes):
                raise TypeError(f"its code is {type(plain['code']).__name__}, and not bytes")
            return cls(
                module=str(plain["module"]),
                file_name=str(plain["file_name"]),
                code=plain["code"],
                entry=str(plain["entry"]),
                arguments={str(key): str(value) for key, value in plain["arguments"].items()},
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"this is not a job's source: {error!r}") from error
