"""What a new leader needs, kept safe: small pointers in the election backend, bytes in the storage directory.

Bytes first, then the pointer; to delete, the pointer first, then the bytes: a pointer always finds its bytes.
"""
