"""Reads configuration files: `flink-conf.yaml` (flat `key: value`) and `config.yaml` (nested YAML).

A thin shell around pure text reading: `read_settings` opens the file, `read_flat` and `read_nested` do the rest. All
values stay texts, so that `off` is not turned into false before a key's own type has seen it. Deliberately not here:
what the keys mean (`cluster.config`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_COMMENT = re.compile(r"(?:^|\s)#.*\Z")
_NESTED = re.compile(r"^(?:\s+\S|[^\s#][^#]*:\s*(?:#.*)?$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Setting:
    """One value as it was written.

    Attributes:
        key: The key's name as written.
        value: The text.
        place: Where it stands, for people: `conf/config.yaml:3`, `-D`.
    """

    key: str
    value: str
    place: str


def find_file(place: Path) -> Path:
    """The configuration file that `place` means: itself, or the one inside when it is a directory.

    Raises:
        FileNotFoundError: If there is none.
    """
    if not place.is_dir():
        if not place.exists():
            raise FileNotFoundError(f"there is no configuration file {place}")
        return place
    for name in ("config.yaml", "flink-conf.yaml"):
        if (place / name).is_file():
            return place / name
    raise FileNotFoundError(f"neither config.yaml nor flink-conf.yaml is in {place}")


def read_settings(file: Path) -> tuple[list[Setting], list[str]]:
    """Read a file in the form that its name says, or, with any other name, in the form that it has.

    Returns:
        The settings in order, and a complaint for each place that cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark that is no part of a key
    except (OSError, UnicodeDecodeError) as error:
        return [], [f"{file} cannot be read: {error}"]
    nested = file.name == "config.yaml" or (file.name != "flink-conf.yaml" and _NESTED.search(text) is not None)
    return (read_nested if nested else read_flat)(text, str(file))


def read_flat(text: str, name: str) -> tuple[list[Setting], list[str]]:
    """Read lines of `key: value`, split at the first colon and blank (Flink 1.12's form); `#` begins a comment."""
    settings: list[Setting] = []
    complaints: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = _COMMENT.sub("", line).strip()
        if not content or content == "---":
            continue
        key, separator, value = content.partition(": ")
        if not separator:
            complaints.append(
                f"{name}:{number}: {content!r} is not `key: value`; a colon and a blank stand between them"
            )
        else:
            settings.append(Setting(key.strip(), _unquoted(value.strip()), f"{name}:{number}"))
    return settings, complaints


def read_nested(text: str, name: str) -> tuple[list[Setting], list[str]]:
    """Read YAML; nested names are joined with dots, a list's items with commas. A key that stands twice is an error."""
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        return [], [f"{name}: not YAML: {' '.join(str(error).split())}"]
    settings: list[Setting] = []
    complaints: list[str] = []
    if root is not None:
        _walk(root, "", name, settings, complaints)
    seen: dict[str, str] = {}
    for setting in settings:
        if setting.key in seen:
            complaints.append(f"{setting.place}: {setting.key} stands there twice; first at {seen[setting.key]}")
        seen.setdefault(setting.key, setting.place)
    return settings, complaints


def _walk(node: Any, prefix: str, name: str, settings: list[Setting], complaints: list[str]) -> None:
    place = f"{name}:{node.start_mark.line + 1}"
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                _walk(value, f"{prefix}.{key.value}" if prefix else key.value, name, settings, complaints)
            else:
                complaints.append(f"{name}:{key.start_mark.line + 1}: a key must be a plain text")
    elif isinstance(node, yaml.SequenceNode) and prefix and all(isinstance(i, yaml.ScalarNode) for i in node.value):
        settings.append(Setting(prefix, ",".join(item.value for item in node.value), place))
    elif isinstance(node, yaml.ScalarNode) and prefix:
        settings.append(Setting(prefix, node.value, place))
    else:
        complaints.append(f"{place}: expected `key: value`")


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value
