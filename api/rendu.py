"""JSON as the API writes it: the same values as the standard library, several times as fast."""

from typing import Any

import orjson
from fastapi.responses import JSONResponse

_CHOIX = orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


class ReponseJson(JSONResponse):
    """An answer in JSON; a value that JSON cannot hold (a date apart) is an error of ours."""

    def render(self, content: Any) -> bytes:
        """The bytes of the answer."""
        return orjson.dumps(content, option=_CHOIX)
