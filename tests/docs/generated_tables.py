"""Tables in the pages that are made from the code. `python -m tests.docs.generated_tables` writes them into the pages.

The test is `test_generated_tables.py`. Deliberately not here: tables that people wrote.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import Callable, Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any

from actors.errors import ActorError, ActorInitializationError, ActorKilledError, DeathPactError, PostRestartError
from actors.lifecycle import TABLE, Effect, Event, State
from actors.notices import DeathCause
from actors.supervision import default_decider, stopping_decider
from cluster.configuration.meanings import MEANINGS
from cluster.configuration.reference import rows
from cluster.rest.counters import Counters
from cluster.rest.exposition import leader_families, own_families
from tests.architecture.test_behaviours import pinned

ROOT = Path(__file__).resolve().parents[2]

FAR = re.compile("/runtime/(across|remote)/")
"""Where the tests are in which two systems take part."""

EXCEPTIONS: list[tuple[str, BaseException]] = [
    ("`ActorInitializationError`: constructor or `pre_start` raised", ActorInitializationError()),
    ("`PostRestartError`: the new constructor or `post_restart` raised", PostRestartError("", ValueError())),
    ("`ActorKilledError`: a `Kill` came", ActorKilledError()),
    ("`DeathPactError`: a `Terminated` was not handled", DeathPactError(None)),
    ("any other `ActorError`", ActorError()),
    ("any other `Exception`", ValueError()),
    ("`CancelledError` that the runtime did not ask for", asyncio.CancelledError()),
    ("any other `BaseException`", BaseException()),
]


def deciders() -> Iterator[str]:
    """What the two deciders that are shipped say."""
    yield "| exception | `default_decider` | `stopping_decider` |"
    yield "| --- | --- | --- |"
    for text, error in EXCEPTIONS:
        yield f"| {text} | {default_decider(error).name} | {stopping_decider(error).name} |"


def lifecycle() -> Iterator[str]:
    """Each row of the table of states and events."""
    yield "| state | event | next state | what is done, in order |"
    yield "| --- | --- | --- | --- |"
    before = None
    for (state, event), (after, effects) in sorted(TABLE.items()):
        done = ", ".join(effect.name for effect in effects if effect is not Effect.IGNORE) or "nothing"
        shown = f"`{state.name}`" if state is not before else ""
        yield f"| {shown} | `{event.name}` | `{after.name}` | {done} |"
        before = state


def lifecycle_words() -> Iterator[str]:
    """Each state, event and effect, with the sentence that stands below it in the code."""
    for kind in (State, Event, Effect):
        yield f"- *{kind.__name__}s.* " + " ".join(f"`{name}`: {text}" for name, text in documented(kind))


def causes() -> Iterator[str]:
    """Each cause of a death, and how certain it is."""
    yield "| cause | what it says | certain |"
    yield "| --- | --- | --- |"
    for name, text in documented(DeathCause):
        yield f"| `{name}` | {text} | {'yes' if DeathCause[name].is_certain else 'no'} |"


def promises() -> Iterator[str]:
    """Each numbered behaviour, with what the first test that pins it promises, where that test is, and where else.

    What the tests of `tests/runtime/across` and `tests/runtime/remote` promise holds between two systems.
    """
    yield "| behaviour | promise, in the words of its test | test | between two systems |"
    yield "| --- | --- | --- | --- |"
    for behaviour, tests in sorted(pinned().items(), key=lambda item: (item[0][0], int(item[0][1:]))):
        place, promise = min(tests, key=lambda test: ("/runtime/local/" not in test[0], test))
        file, _, name = place.partition("::")
        more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
        far = sorted({place.partition("::")[0] for place, _ in tests if FAR.search(place)})
        links = ", ".join(f"[{Path(file).name}](../{file})" for file in far)
        said = " ".join(promise.split()).replace("|", "\\|")
        yield f"| {behaviour} | {said} | `{name}` in [{Path(file).name}](../{file}){more} | {links} |"


def keys_of(section: str) -> Callable[[], Iterator[str]]:
    """The keys of a section of the configuration, with default, what is accepted, meaning and older names."""

    def lines() -> Iterator[str]:
        yield "| key | default | accepted | meaning |"
        yield "| --- | --- | --- | --- |"
        for row in rows(section):
            default = f"`{row.default}`" if row.is_value else row.default
            also = ". Also read as " + ", ".join(f"`{one}`" for one in row.older) if row.older else ""
            yield f"| `{row.key}` | {default} | {row.accepted} | {row.meaning}{also} |"

    return lines


def metrics() -> Iterator[str]:
    """Each metric of a JobManager, as the code makes it."""
    yield "| metric | labels | kind | what it says | from |"
    yield "| --- | --- | --- | --- | --- |"
    counters: Any = Counters(None, None, float)  # type: ignore[arg-type] # nothing is counted
    every = "every JobManager"
    cluster = {"task_managers": [], "slots_free": 0, "slots_total": 0, "slots_missing": 0, "jobs": []}
    for whose, families in (
        (every, own_families(counters, {}, leads=True, epoch=1, version="")),
        ("the leader", leader_families(counters, cluster)),
    ):
        for family in families:
            name = f"{family.name}_total" if family.type == "counter" else family.name
            labels = ", ".join(f"`{label}`" for label in family._labelnames)
            yield f"| `{name}` | {labels} | {family.type} | {family.documentation} | {whose} |"


def documented(kind: type[IntEnum] | type[DeathCause]) -> Iterator[tuple[str, str]]:
    """The members of an enum that have a sentence below them."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    for member, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(member, ast.Assign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            assert isinstance(member.targets[0], ast.Name)
            yield member.targets[0].id, " ".join(str(text.value.value).split())


TABLES: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "deciders": ("docs/supervision.md", deciders),
    "lifecycle": ("docs/supervision.md", lifecycle),
    "lifecycle-words": ("docs/supervision.md", lifecycle_words),
    "causes": ("docs/watching.md", causes),
    "promises": ("docs/semantics.md", promises),
    **{f"keys-{section}": ("docs/configuration.md", keys_of(section)) for section in MEANINGS},
    "metrics": ("docs/operations.md", metrics),
}


def between_marks(name: str, page: str) -> re.Match[str]:
    """Where a generated table stands in the text of a page."""
    found = re.search(rf"(?s)(?<=<!-- begin: {name} -->\n).*?(?=<!-- end: {name} -->)", page)
    if found is None:
        raise ValueError(f"the page has no marks for the table {name}")
    return found


def write() -> None:
    """Write every table into its page."""
    for name, (place, lines) in TABLES.items():
        page = (ROOT / place).read_text(encoding="utf-8")
        old = between_marks(name, page)
        text = "".join(f"{line}\n" for line in lines())
        (ROOT / place).write_text(page[: old.start()] + text + page[old.end() :], encoding="utf-8")


if __name__ == "__main__":
    write()
