"""The least work a password hash may cost: the tests make hundreds."""

ENVIRONMENT = {"PASSWORD_HASH_ROUNDS": "1"}
