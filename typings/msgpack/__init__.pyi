"""What this project uses of msgpack, which ships no types."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from msgpack import exceptions as exceptions
from msgpack.exceptions import UnpackException as UnpackException

class ExtType(NamedTuple):
    code: int
    data: bytes

class Packer:
    def __init__(
        self,
        *,
        default: Callable[[Any], Any] | None = None,
        use_single_float: bool = False,
        autoreset: bool = True,
        use_bin_type: bool = True,
        strict_types: bool = False,
        datetime: bool = False,
        unicode_errors: str | None = None,
        buf_size: int = ...,
    ) -> None: ...
    def pack(self, obj: Any) -> bytes: ...
    def reset(self) -> None: ...

class Unpacker(Iterator[Any]):
    def __init__(
        self,
        file_like: Any = None,
        *,
        read_size: int = 0,
        use_list: bool = True,
        raw: bool = False,
        strict_map_key: bool = True,
        object_hook: Callable[[dict[Any, Any]], Any] | None = None,
        list_hook: Callable[[list[Any]], Any] | None = None,
        ext_hook: Callable[[int, bytes], Any] = ...,
        max_buffer_size: int = ...,
    ) -> None: ...
    def feed(self, data: bytes | bytearray | memoryview) -> None: ...
    def __next__(self) -> Any: ...
    def read_array_header(self) -> int: ...
    def skip(self) -> None: ...
    def tell(self) -> int: ...

def packb(
    o: Any,
    *,
    default: Callable[[Any], Any] | None = None,
    use_bin_type: bool = True,
    strict_types: bool = False,
) -> bytes: ...
def unpackb(
    packed: bytes | bytearray | memoryview,
    *,
    use_list: bool = True,
    raw: bool = False,
    strict_map_key: bool = True,
    object_hook: Callable[[dict[Any, Any]], Any] | None = None,
    ext_hook: Callable[[int, bytes], Any] = ...,
) -> Any: ...
