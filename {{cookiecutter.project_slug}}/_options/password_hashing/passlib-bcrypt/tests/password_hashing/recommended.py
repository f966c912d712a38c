"""How a hash starts that is made where nobody says what it may cost."""

# Twelve rounds of bcrypt.
RECOMMENDED = "$bcrypt-sha256$v=2,t=2b,r=12$"
