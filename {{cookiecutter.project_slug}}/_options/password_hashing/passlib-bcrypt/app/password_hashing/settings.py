"""How much work a password hash costs."""

from pydantic import Field
from pydantic_settings import BaseSettings

from app.settings import FROM_ENVIRONMENT, load

RECOMMENDED_ROUNDS = 12


class HashSettings(BaseSettings):
    model_config = FROM_ENVIRONMENT

    password_hash_rounds: int = Field(RECOMMENDED_ROUNDS, ge=4, le=20)

    @property
    def are_cheap(self) -> bool:
        """Whether a hash is less work than is recommended, and sooner guessed."""
        return self.password_hash_rounds < RECOMMENDED_ROUNDS


hash_settings = load(HashSettings)
