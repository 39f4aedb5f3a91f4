"""Ports that nothing listens at."""

import socket


def free_addresses(count: int) -> tuple[str, ...]:
    """Find addresses on this machine that workers can listen at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    addresses = tuple(f"127.0.0.1:{each.getsockname()[1]}" for each in sockets)
    for each in sockets:
        each.close()
    return addresses
