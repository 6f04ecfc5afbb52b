"""What other rooms, the app and the command line may ask of access."""

from __future__ import annotations

from api.access.log import log, read_log
from api.access.sessions import caller_of_key, caller_of_session, cookie_name, sign_in, sign_out

__all__ = ["caller_of_key", "caller_of_session", "cookie_name", "log", "read_log", "sign_in", "sign_out"]
