"""How a hash starts that is made where nobody says what it may cost."""

# OWASP's parameters for Argon2id.
RECOMMENDED = "$argon2id$v=19$m=19456,t=2,p=1$"
