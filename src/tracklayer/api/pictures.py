"""Pictures as the bytes of a file: of pillow, or arrays."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from tracklayer.api.late import late
from tracklayer.api.media import suffix
from tracklayer.errors import InvalidInput

PIP = "pip install 'tracklayer[media]'"
#: The greatest number of a channel.
WHITE = 255
CHANNELS = {1, 3, 4}


def image_bytes(image: Any, path: str) -> bytes:
    """A picture of pillow, or an array (height, width[, 1, 3 or 4 channels]), in the format of the path's suffix."""
    pillow = late("PIL.Image", needed_for="log_image", pip=PIP)
    kind = pillow.registered_extensions().get(f".{suffix(path)}")
    if kind is None:
        message = f"{path!r}: no format of pictures has this suffix; write .png, .jpg, .webp ..."
        raise InvalidInput(message)
    picture = image if isinstance(image, pillow.Image) else pillow.fromarray(_pixels(image))
    buffer = BytesIO()
    try:
        picture.save(buffer, format=kind)
    except (OSError, ValueError, KeyError) as error:
        message = f"{path!r}: the picture cannot be written in this format: {error}"
        raise InvalidInput(message) from None
    return buffer.getvalue()


def _pixels(image: Any) -> Any:
    """An array as pillow takes it: 8 bits a channel."""
    if not hasattr(image, "__array__"):
        message = f"log_image takes a picture of pillow or an array, not {type(image).__name__}"
        raise InvalidInput(message)
    numpy = late("numpy", needed_for="log_image", pip=PIP)
    array = numpy.asarray(image)
    if array.ndim == 3 and array.shape[2] == 1:  # noqa: PLR2004 -- height, width, channels
        array = array[:, :, 0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in CHANNELS)):  # noqa: PLR2004
        message = f"a picture has the shape (height, width) or (height, width, 1, 3 or 4), not {array.shape}"
        raise InvalidInput(message)
    most = {"b": 1, "u": WHITE, "i": WHITE, "f": 1}.get(array.dtype.kind)
    if most is None or not (array.min() >= 0 and array.max() <= most):
        message = f"a picture's numbers are 0 to 255 as integers or 0 to 1 as floats; these, of {array.dtype}, are not"
        raise InvalidInput(message)
    return numpy.rint(array * (WHITE // most)).astype("uint8") if most == 1 else array.astype("uint8")
