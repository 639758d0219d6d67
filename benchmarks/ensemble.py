"""A ZooKeeper ensemble of one's own: members as processes on loopback, to be killed, frozen and wiped.

Runs what Debian's package brings. For tests and benchmarks.
Deliberately not here: what is done with it, and installing it (`.ci/get-zookeeper`).
"""

from __future__ import annotations

import contextlib
import random
import shutil
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

JARS = Path("/usr/share/java")
JAR = JARS / "zookeeper.jar"
MORE_JARS = ("slf4j-simple", "netty-codec", "netty-resolver", "netty-transport-native-unix-common")
"""For the log, and for TLS; those that the jar itself names do not need to be here."""
MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"
JVM = (
    "-Xmx96m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xshare:auto",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)
PATIENCE_S = 60.0
DECIDES_WITHIN_S = 5.0
_BEGIN = struct.pack("!iiqiqi16s", 44, 0, 0, 4000, 0, 16, bytes(16))
"""Asks for a session: no protocol, nothing seen, a timeout in milliseconds, no session before, no password."""
_END = struct.pack("!iii", 8, 1, -11)
"""Closes it."""
FIXED_PORTS = (15_000, 32_000)


def missing() -> str:
    """Why there can be no ensemble here; empty if there can."""
    if shutil.which("java") is None:
        return "java is not installed"
    return "" if JAR.exists() else f"{JAR} is not there: Debian's package zookeeper is not installed"


class Member:
    """One server.

    Args:
        number: Its id, from 1.
        directory: Of its own.
        port: For clients.
        host: Its address.

    Attributes:
        is_frozen: Whether it was frozen, and not thawed since.
    """

    def __init__(self, number: int, directory: Path, port: int, host: str = "127.0.0.1") -> None:
        self.number = number
        self.directory = directory
        self.port = port
        self.host = host
        self.is_frozen = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """For clients."""
        return f"{self.host}:{self.port}"

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self._process is not None and self._process.poll() is None

    def write(self, configuration: str) -> None:
        """Make its directory and its configuration."""
        (self.directory / "data").mkdir(parents=True, exist_ok=True)
        (self.directory / "data" / "myid").write_text(str(self.number), encoding="ascii")
        (self.directory / "zoo.cfg").write_text(configuration, encoding="utf-8")

    def start(self) -> None:
        """Begin; it serves somewhat later."""
        with open(self.directory / "log", "ab") as log:
            path = ":".join(map(str, (JAR, *(JARS / f"{name}.jar" for name in MORE_JARS))))
            options = (*JVM, f"-Djava.io.tmpdir={self.directory}")
            argv = ["java", *options, "-cp", path, MAIN, str(self.directory / "zoo.cfg")]
            self._process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def signal(self, number: int) -> None:
        """Send a signal to the process, if there is one."""
        if self._process is not None and self.runs:
            self._process.send_signal(number)

    def freeze(self) -> None:
        """SIGSTOP."""
        self.is_frozen = True
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        self.is_frozen = False
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait()

    def wipe(self) -> None:
        """Lose all that is on its disk. It must not run."""
        shutil.rmtree(self.directory / "data" / "version-2", ignore_errors=True)

    def ask(self, word: bytes) -> str:
        """The answer to one of ZooKeeper's four-letter words; empty if there is none."""
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 0.5) as connection:
            connection.settimeout(0.5)
            connection.sendall(word)
            return b"".join(iter(lambda: connection.recv(4096), b"")).decode(errors="replace")
        return ""

    def decides(self, timeout_s: float) -> bool:
        """Whether a session can be begun and ended here, which takes a decision of all."""
        with contextlib.suppress(OSError), socket.create_connection((self.host, self.port), 0.5) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(_BEGIN)
            begun = bool(connection.recv(4096))
            connection.sendall(_END)
            return begun
        return False


class Ensemble:
    """Several members, which elect a leader among themselves.

    Args:
        directory: For all that they write; it is made.
        size: How many.
        tick_ms: ZooKeeper's unit of time: sessions last from 2 to 20 of it, unless `settings` say otherwise.
        settings: More lines for the configuration.
        host: The address of all of them.

    Attributes:
        members: In the order of their numbers.
    """

    def __init__(
        self, directory: Path, size: int = 3, tick_ms: int = 100, settings: str = "", host: str = "127.0.0.1"
    ) -> None:
        ports = list(free_ports(size * 3))
        self.members = [
            Member(number + 1, directory / f"member-{number + 1}", ports[number], host) for number in range(size)
        ]
        servers = "".join(
            f"server.{one.number}={host}:{ports[size + 2 * n]}:{ports[size + 2 * n + 1]}\n"
            for n, one in enumerate(self.members)
        )
        for one in self.members:
            one.write(
                f"tickTime={tick_ms}\ninitLimit=50\nsyncLimit=10\nmaxSessionTimeout=60000\nmaxClientCnxns=0\n"
                f"dataDir={one.directory}/data\nclientPort={one.port}\nclientPortAddress={host}\n"
                f"4lw.commands.whitelist=*\nforceSync=no\nadmin.enableServer=false\n"
                f"{servers if size > 1 else ''}{settings}"
            )

    @property
    def hosts(self) -> str:
        """For clients."""
        return ",".join(one.address for one in self.members)

    def start(self) -> None:
        """Start those that do not run, and wait until all serve."""
        for one in self.members:
            if not one.runs:
                one.start()
        self.wait()

    def wait(self, count: int | None = None) -> None:
        """Wait until as many serve; by default all.

        Raises:
            TimeoutError: If they do not.
        """
        deadline = time.monotonic() + PATIENCE_S
        while sum(self.mode(one) != "" for one in self.members) < (count or len(self.members)):
            if time.monotonic() > deadline:
                logs = [(one.directory / "log").read_text(errors="replace")[-500:] for one in self.members]
                raise TimeoutError("the ensemble does not serve:\n" + "\n".join(logs))
            time.sleep(0.05)

    def mode(self, member: Member) -> str:
        """What a member is in the ensemble: leader, follower or standalone; empty if it does not serve."""
        lines = member.ask(b"srvr").splitlines()
        return next((line.partition(": ")[2] for line in lines if line.startswith("Mode: ")), "")

    def leader(self) -> Member:
        """The member that leads the others; waited for, since a busy one may be slow to say that it does.

        Raises:
            LookupError: If none does.
        """
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for one in self.members:
                if one.runs and self.mode(one) in ("leader", "standalone"):
                    return one
            time.sleep(0.05)
        raise LookupError("the ensemble has no leader")

    def heal(self) -> None:
        """Thaw and start whatever is not well.

        Now and then an ensemble of ZooKeeper 3.8 has a leader and followers, answers questions, and decides nothing any
        more, when members were killed and wiped one after the other. All of them begin anew then.
        """
        for one in self.members:
            one.thaw()
        self.start()
        if not all(one.decides(DECIDES_WITHIN_S) for one in self.members):
            self.stop()
            self.start()

    def stop(self) -> None:
        """Kill all."""
        for one in self.members:
            one.kill()


def free_ports(count: int) -> Iterator[int]:
    """Ports of loopback that nobody uses at the moment, nor is given by chance.

    They are below those that the kernel gives to outgoing connections, one of which might else take such a port before
    a member is up, or while it is down.
    """
    with contextlib.ExitStack() as stack:
        ports: list[int] = []
        while len(ports) < count:
            port = random.randrange(*FIXED_PORTS)
            one = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                one.bind(("127.0.0.1", port))
                ports.append(port)
    yield from ports
