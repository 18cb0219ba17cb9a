from tests.drivers.google.conftest import emulator, service

__all__ = ["emulator", "service"]
