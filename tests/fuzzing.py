"""Read by schemathesis: how it signs in, again whenever the service has signed it out."""

import os
from typing import Any

import httpx2
import schemathesis
from schemathesis import AuthContext, Case


@schemathesis.auth()
class SignIn:
    """An administrator who may do everything, by what the token style asks for."""

    def get(self, case: Case[Any], context: AuthContext) -> dict[str, str]:
        address, email, password = (
            os.environ[name] for name in ("FUZZED", "EMAIL", "PASSWORD")
        )
        with httpx2.Client(base_url=address, timeout=60) as client:
            answer = client.post(
                "/auth/login", json={"email": email, "password": password}
            ).raise_for_status()
            token = answer.json().get("access_token")
            if token:
                return {"Authorization": f"Bearer {token}"}
            cookies = [f"{name}={value}" for name, value in client.cookies.items()]
            return {"Cookie": "; ".join(cookies)}

    def set(self, case: Case[Any], data: dict[str, str], context: AuthContext) -> None:
        case.headers.update(data)
