"""A connection to a server that a test can cut and mend: what being offline is to a browser of any make."""

from __future__ import annotations

import socket
import socketserver
import threading
from contextlib import suppress
from typing import Any


class Wire(socketserver.ThreadingTCPServer):
    """Hands on what comes at `url` to a port of this machine and back, unless it is cut."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.port, self.is_cut = port, False
        self.ends: set[socket.socket] = set()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def cut(self) -> None:
        """Ends every connection; new ones are closed at once."""
        self.is_cut = True
        for end in list(self.ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self.is_cut = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser may end its connections whenever it likes."""


class Connection(socketserver.BaseRequestHandler):
    server: Wire

    def handle(self) -> None:
        if self.server.is_cut:
            return
        with socket.create_connection(("127.0.0.1", self.server.port)) as onward:
            ends = {self.request, onward}
            self.server.ends |= ends
            back = threading.Thread(target=copy, args=(onward, self.request), daemon=True)
            back.start()
            copy(self.request, onward)
            back.join()
            self.server.ends -= ends


def copy(source: socket.socket, target: socket.socket) -> None:
    """Until either end closes."""
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
