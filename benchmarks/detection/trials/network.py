"""Where the processes of a trial live: namespaces of their own behind a router, or loopback. SHELL of `ip` and `nft`.

Each subject has a namespace, the watcher another, and a router between them drops what is to be dropped. Names begin
with `dwbench-PID-`, so that leftovers of a run that was killed are known (`clean`). Deliberately not here: what is
dropped when (`failures`), and delays (`slow`), which this kernel may not be able to make.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass

PREFIX = "dwbench-"
LOSSES = (1, 5, 20)

RULES = """
table inet harness {{
  set cuts {{ type ipv4_addr . ipv4_addr; }}
  {sets}
  chain forward {{
    type filter hook forward priority 0; policy accept;
    ip saddr . ip daddr @cuts drop
    {rules}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process lives.

    Attributes:
        namespace: Its network namespace; empty for the machine's own.
        host: The address that it listens on.
    """

    namespace: str
    host: str

    def argv(self, argv: list[str]) -> list[str]:
        """The command that runs there."""
        return ["ip", "netns", "exec", self.namespace, *argv] if self.namespace else argv


class Loopback:
    """No namespaces: every process on 127.0.0.1, and nothing can be cut."""

    is_divided = False
    watcher = Place("", "127.0.0.1")

    def __init__(self, count: int) -> None:
        self.subjects = [Place("", "127.0.0.1")] * count

    def __enter__(self) -> Loopback:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class Namespaces:
    """A router with one arm for the watcher and one for each subject.

    Args:
        count: Subjects' namespaces.

    Attributes:
        router: Its namespace.
        subjects: Where subjects may live.
        watcher: Where the watcher lives.
    """

    is_divided = True

    def __init__(self, count: int) -> None:
        self._prefix = f"{PREFIX}{os.getpid()}-"
        self.router = f"{self._prefix}r"
        self.watcher = Place(f"{self._prefix}w", "10.77.0.2")
        self.subjects = [Place(f"{self._prefix}s{number}", f"10.77.{number + 1}.2") for number in range(count)]

    def __enter__(self) -> Namespaces:
        try:
            names = [self.router, self.watcher.namespace, *(place.namespace for place in self.subjects)]
            ip(*(f"netns add {name}" for name in names))
            for number, place in enumerate([self.watcher, *self.subjects]):
                self._connect(number, place)
            self._run(self.router, "sysctl", "-qw", "net.ipv4.ip_forward=1")
            sets = "\n  ".join(f"set loss{share} {{ type ipv4_addr . ipv4_addr; }}" for share in LOSSES)
            rules = "\n    ".join(
                f"ip saddr . ip daddr @loss{share} numgen random mod 100 < {share} drop" for share in LOSSES
            )
            self._run(self.router, "nft", "-f", "-", text=RULES.format(sets=sets, rules=rules))
        except BaseException:
            remove(self._prefix)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        remove(self._prefix)

    async def rules(self, lines: list[str]) -> Rules:
        """Changes of the router's rules, made ready: applied at once when asked."""
        argv = ["ip", "netns", "exec", self.router, "nft", "-f", "-"]
        process = await asyncio.create_subprocess_exec(*argv, stdin=asyncio.subprocess.PIPE)
        return Rules(process, "".join(f"{line}\n" for line in lines))

    def pair(self, place: Place, *, towards: bool) -> str:
        """The element of a set for what the subject sends, or for what is sent `towards` it."""
        ends = (self.watcher.host, place.host) if towards else (place.host, self.watcher.host)
        return f"{ends[0]} . {ends[1]}"

    def _connect(self, number: int, place: Place) -> None:
        arm = f"arm{number}"
        ip(f"link add {arm} netns {self.router} type veth peer name eth0 netns {place.namespace}")
        ip(
            f"-n {self.router} addr add {place.host[:-1]}1/24 dev {arm}",
            f"-n {self.router} link set {arm} up",
            f"-n {place.namespace} addr add {place.host}/24 dev eth0",
            f"-n {place.namespace} link set eth0 up",
            f"-n {place.namespace} link set lo up",
            f"-n {place.namespace} route add default via {place.host[:-1]}1",
        )

    def _run(self, namespace: str, *argv: str, text: str | None = None) -> None:
        _do("ip", "netns", "exec", namespace, *argv, text=text)


class Rules:
    """Rules that wait to be applied.

    Args:
        process: An `nft` that reads its standard input.
        text: The rules.
    """

    def __init__(self, process: asyncio.subprocess.Process, text: str) -> None:
        self._process = process
        self._text = text

    async def apply(self) -> None:
        """Apply them; they hold when this returns.

        Raises:
            RuntimeError: If they are refused.
        """
        await self._process.communicate(self._text.encode())
        if self._process.returncode:
            raise RuntimeError(f"nft refuses {self._text!r}")


def why_not() -> str | None:
    """Why namespaces cannot be made here; `None` if they can."""
    lacking = [tool for tool in ("ip", "nft", "sysctl") if shutil.which(tool) is None]
    if lacking:
        return f"not installed: {', '.join(lacking)}"
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    name = f"{PREFIX}{os.getpid()}-try"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if tried.returncode:
        return tried.stderr.strip() or "ip netns add fails"
    try:
        rules = RULES.format(sets="", rules="numgen random mod 100 < 1 drop")
        _do("ip", "netns", "exec", name, "nft", "-f", "-", text=rules)
    except RuntimeError as error:
        return str(error)
    finally:
        ip(f"netns del {name}")
    return None


def clean() -> list[str]:
    """Remove the namespaces of all runs that are not alive, with what still runs in them. Returns their names."""
    removed = []
    for name in _names(PREFIX):
        owner = name.removeprefix(PREFIX).partition("-")[0]
        if not (owner.isdigit() and os.path.exists(f"/proc/{owner}")):
            removed += remove(name)
    return removed


def remove(prefix: str) -> list[str]:
    """End what runs in the namespaces of that prefix, and delete them. Returns their names."""
    names = _names(prefix)
    for name in names:
        pids = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False)
        for pid in pids.stdout.split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    return names


def _names(prefix: str) -> list[str]:
    if shutil.which("ip") is None:
        return []
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=False).stdout
    return [line.split()[0] for line in listed.splitlines() if line.startswith(prefix)]


def ip(*lines: str) -> None:
    """Run `ip` once for each line.

    Raises:
        RuntimeError: If it refuses; the text says why.
    """
    for line in lines:
        _do("ip", *line.split())


def _do(*argv: str, text: str | None = None) -> None:
    done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip()}")
