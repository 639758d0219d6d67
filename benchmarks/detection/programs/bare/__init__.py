"""The smallest process that can be watched: it speaks the wire format of docs/wire.md with plain sockets.

It has no event loop of asyncio, and of this project only `frames` and what talks to the harness: the kernel takes a
process apart before anybody hears of its death, and the more memory there is to be freed, the longer that takes. The
cores of handshake, letters and heartbeats would add half as much again, so what it says is written out here, from the
page alone, as in `tests/integration/stranger.py`.

To a watcher it is a node as any other: it listens, welcomes both lanes, acknowledges watches, answers questions on the
connection that brought them and other messages on its own, and heartbeats on the connection and in datagrams.
Deliberately not here: an end in good order, secrets, TLS.
"""
