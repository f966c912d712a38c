"""How much work a password hash costs."""

from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from app.settings import FROM_ENVIRONMENT, load, settings

# OWASP's parameters for Argon2id: 19 MiB and two passes, in one thread.
RECOMMENDED_ROUNDS = 2


class HashSettings(BaseSettings):
    model_config = FROM_ENVIRONMENT

    password_hash_rounds: int = Field(RECOMMENDED_ROUNDS, ge=1, le=20)

    @model_validator(mode="after")
    def _is_fit_for_production(self) -> Self:
        if settings.in_production and self.password_hash_rounds < RECOMMENDED_ROUNDS:
            raise ValueError(
                f"PASSWORD_HASH_ROUNDS must be at least {RECOMMENDED_ROUNDS} in production"
            )
        return self


hash_settings = load(HashSettings)
