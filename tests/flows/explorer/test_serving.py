"""The socket on which the explorer listens, and which runs it shows."""

from __future__ import annotations

import asyncio
import socket

from flows.explorer.serving import _listen


def test_answers_are_sent_at_once() -> None:
    """Without TCP_NODELAY every answer waits for 40 ms: its body for what acknowledges its head."""

    async def accepted() -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            taken = writer.get_extra_info("socket")
            found.set_result(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with _listen("127.0.0.1", 0) as listening:
            server = await asyncio.start_server(connected, sock=listening)
            _, writer = await asyncio.open_connection(*listening.getsockname())
            writer.close()
            nodelay = await asyncio.wait_for(found, 5)
            server.close()
        return nodelay

    assert asyncio.run(accepted()) != 0
