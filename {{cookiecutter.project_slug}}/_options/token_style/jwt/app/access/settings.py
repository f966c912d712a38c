"""How access tokens are signed, and how long they last."""

from typing import Annotated, Literal

from pydantic import Field, InstanceOf, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode

from app.access.keys import Key, read_keys
from app.settings import FROM_ENVIRONMENT, Minutes, load, settings, split_by_comma


class JwtSettings(BaseSettings):
    model_config = FROM_ENVIRONMENT

    jwt_algorithm: Literal["HS256", "ES256"] = "HS256"
    # Checked also when it is not set: there is no key that everybody could have.
    jwt_keys: Annotated[
        tuple[InstanceOf[Key], ...], NoDecode, Field(validate_default=True)
    ] = ()
    jwt_audience: str = settings.public_url
    access_token_minutes: Minutes = 10

    @field_validator("jwt_keys", mode="before")
    @classmethod
    def _are_good_keys(cls, sent: object, known: ValidationInfo) -> tuple[Key, ...]:
        texts = split_by_comma(sent)
        assert isinstance(texts, list | tuple)
        return read_keys(known.data.get("jwt_algorithm", "HS256"), texts)


jwt_settings = load(JwtSettings)
