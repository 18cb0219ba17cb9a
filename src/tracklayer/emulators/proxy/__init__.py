"""The host-name harness: a loopback proxy that leads unmodified SDKs from the clouds' host names to local servers."""

from tracklayer.emulators.proxy.proxy import Proxy
from tracklayer.emulators.proxy.routes import Route, Target

__all__ = ["Proxy", "Route", "Target"]
