"""What every driver over HTTP does: sessions that are kept, one a thread and process, and strict JSON."""

from __future__ import annotations

import json
import os
import socket
import threading
import weakref
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.response import BaseHTTPResponse

from tracklayer.errors import InvalidInput


class Sessions:
    """The sessions of one driver. Proxies and certificate bundles come from the environment, as `requests` has it."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._lock = threading.Lock()
        self._all = weakref.WeakSet[requests.Session]()  # a thread that ends takes its own with it

    def mine(self) -> requests.Session:
        """The session of this thread; a new one after a fork, whose sockets are the parent's."""
        own = self._own
        if getattr(own, "process", None) != os.getpid():
            own.process, own.session = os.getpid(), requests.Session()
            own.session.mount("http://", _Prompt())
            with self._lock:
                self._all.add(own.session)
        session: requests.Session = own.session
        return session

    def close(self) -> None:
        """Close all connections. A later call opens new ones."""
        with self._lock:
            sessions, self._all = self._all, weakref.WeakSet()
            self._own = threading.local()
        for session in sessions:
            session.close()


class _Connection(HTTPConnection):
    """A connection that acknowledges what comes at once.

    A server that leaves Nagle's algorithm on, as uvicorn does with several workers (so `mlflow server` as it comes,
    3.17), keeps back the body of each answer until its head is acknowledged, and Linux takes 40 ms over that.
    """

    def getresponse(self) -> BaseHTTPResponse:  # type: ignore[override] # urllib3's own, without its deprecated argument
        if self.sock is not None and hasattr(socket, "TCP_QUICKACK"):  # Linux; it holds for what comes next only
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _Prompt(HTTPAdapter):
    """Plain HTTP without that delay."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        manager = self.poolmanager
        manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "http": _Pool}


def encoded(body: Mapping[str, Any]) -> bytes:
    """Strict JSON: a bare NaN is none, and makes servers stop silently, or readers fail. `InvalidInput`."""
    try:
        return json.dumps(body, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except ValueError as error:
        message = f"cannot be sent as JSON: {error}"
        raise InvalidInput(message) from None
