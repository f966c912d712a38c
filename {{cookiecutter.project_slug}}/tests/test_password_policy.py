"""Which passwords may be chosen."""

import time
from collections.abc import Awaitable, Callable

import pytest
from httpx2 import AsyncClient, Response

from app.errors import WeakPassword
from app.services import operators
from app.services.password_policy import require_strong
from app.settings import settings
from tests.conftest import signed_in
from tests.links import RESET, ask_to_reset, reset, token
from tests.mailbox import Mailbox
from tests.people import ADA, PASSWORD, change_password, register

# Who is called nothing that a password could have in it.
NOBODY = {"email": "", "name": ""}

GUESSED_FIRST = [
    "aaaaaaaaaaaaaaa",
    "aaaaaaaabbbbbbbb",
    "pppppppaaaaaaasssssss",
    "111111111111112",
    "abcabcabcabcabc",
    "123123123123123",
    "19841984198419841984",
    "summer2024summer2024",
    "passwordpassword",
    "password password",
    "password!password!",
    "monkeymonkeymonkey",
    "drowssapdrowssap",
    "footballbaseball",
    "changemechangeme",
    "iloveyouiloveyou1",
    "iloveyouforever1",
    "welcomewelcome1",
    "trustno1trustno1",
    "password12345678",
    "Password123456!",
    "sunshine1234567",
    "P@ssw0rdP@ssw0rd",
    "p@$$w0rd12345678",
    "123456789012345",
    "0123456789abcdef",
    "abcdefghijklmnop",
    "zyxwvutsrqponml",
    "абвгдежзиклмнопр",
    "яяяяяяяяяяяяяяя",
    "2024-01-01-2024",
    "qwertyuiopasdfgh",
    "asdfghjklasdfghjkl",
    "qwerty123456789",
    "qazwsxedcrfvtgb",
    "1qaz2wsx3edc4rfv",
    "1q2w3e4r5t6y7u8i",
    "!QAZ@WSX3edc4rfv",
    "!@#$%^&*()_+{}|",
    "1234567890!@#$%^&*()",
    "password" * 32,
    "Administrator1Administrator1",
    "Summer2026!Summer2026!",
    "Passw0rd2026!Passw0rd2026!Passw0rd2026!",
]

GOOD = [
    "correct horse battery",
    "correct horse battery staple",
    "staple-battery-horse",
    "a-perfectly-fine-passphrase",
    "Tr0ub4dor&3-extended",
    "a long and quiet evening",
    "purple monkey dishwasher",
    "another good password",
    "the rain in spain",
    "my dog ate the blue shoe",
    "at your service, my lord",
    "Wir gehen morgen schwimmen",
    "сегодня хорошая погода",
    "我们明天早上一起去公园散步好吗",
    "これはとても長いパスワードです",
    "🐎 🔋 📎 ✅ 🌧 🚲 🎻 ☕",
    "w315GKl0CzXlWDc",
    "rgcupgkvhypednl",
    "494208328416101",
    "9f86d081884c7d659a2feaa0c55ad015",
    "4@8({[<369&#!1/|0$5+7%2",
    "aaaaaaaaaaaaaaa and then a blue shoe",
]


@pytest.mark.parametrize("password", GUESSED_FIRST)
async def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword, match="guessed"):
        await require_strong(password, **NOBODY)


@pytest.mark.parametrize("password", GOOD)
async def test_what_nobody_guesses_is_taken(password: str) -> None:
    await require_strong(password, email=ADA, name="Ada Lovelace")


@pytest.mark.parametrize(
    ("password", "person"),
    [
        ("ada likes purple rain", {"email": "ada@example.com"}),
        ("PURPLE-RAIN-FOR-ADA", {"email": "ada@example.com"}),
        ("purple rain for ada", {"email": "ada+news@example.com"}),
        ("al+marketing-hub 77", {"email": "al+marketing-hub@example.com"}),
        ("my-ada.byron-account", {"email": "ada.byron@example.com"}),
        ("my adabyron account", {"email": "ada.byron@example.com"}),
        ("purple lovelace rain", {"name": "Ada Lovelace"}),
        ("AdaLovelace-of-London", {"name": "Ada Lovelace"}),
        ("purple straße rain", {"name": "STRASSE"}),
        ("my李小龙purple-rain-2", {"name": "李小龙"}),
        ("purple ren\u00e9e rain", {"name": "Rene\u0301e Silva"}),
        ("purple lovelace rain", {"name": "ada@home Lovelace"}),
        ("zz @lovelacex zz 8391", {"name": "@lovelacex"}),
        ("zz q@lovelacex zz 839", {"name": "q@lovelacex"}),
    ],
)
async def test_what_has_the_persons_name_or_address_is_refused(
    password: str, person: dict[str, str]
) -> None:
    with pytest.raises(WeakPassword, match="your name"):
        await require_strong(password, **(NOBODY | person))


@pytest.mark.parametrize("between", [" ", "-", "", ". "])
async def test_what_has_the_services_name_is_refused(between: str) -> None:
    words = between.join(settings.service_name.upper().split())

    with pytest.raises(WeakPassword, match="this service"):
        await require_strong(f"purple {words} rain", **NOBODY)


@pytest.mark.parametrize(
    ("password", "person"),
    [
        ("a loyal friend of mine", {"name": "Al"}),
        ("a loyal friend of mine", {"email": "al@example.com"}),
        ("that a dark night fell", {"email": "ada@example.com"}),
        ("the rain in London is cold", {"name": "Lin Do"}),
        ("purple rain at example", {"email": "ada@example.com"}),
        ("correct horse battery", {"name": ""}),
    ],
)
async def test_a_likeness_to_a_short_name_is_none(
    password: str, person: dict[str, str]
) -> None:
    await require_strong(password, **(NOBODY | person))


@pytest.mark.parametrize("length", [14, 257])
async def test_the_reason_says_how_long_it_may_be(length: int) -> None:
    with pytest.raises(WeakPassword, match=r"Use at (least 15|most 256) characters\."):
        await require_strong(("correct horse battery " * 12)[:length], **NOBODY)


async def test_it_may_be_shorter_where_the_settings_say_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "password_min_length", 8)

    await require_strong("w315GKl0", **NOBODY)
    with pytest.raises(WeakPassword, match=r"Use at least 8 characters\."):
        await require_strong("w315GKl", **NOBODY)
    with pytest.raises(WeakPassword, match="guessed"):
        await require_strong("password", **NOBODY)


EMAIL, NAME = "countess@example.com", "Ada Lovelace"
WEAK = {
    "short": "too short",
    "common": "passwordpassword",
    "name": "purple lovelace rain",
    "address": "purple countess rain",
    "service": f"purple {settings.service_name} rain",
}

Told = tuple[str, str]
Way = Callable[[AsyncClient, Mailbox, str], Awaitable[Told]]


def told(answer: Response) -> Told:
    return answer.json()["code"], answer.json()["detail"]


async def by_registering(client: AsyncClient, _: Mailbox, password: str) -> Told:
    return told(await register(client, EMAIL, password, name=NAME))


async def by_changing(client: AsyncClient, _: Mailbox, password: str) -> Told:
    await signed_in_with_name(client)
    return told(await change_password(client, PASSWORD, password))


async def by_a_reset(client: AsyncClient, post: Mailbox, password: str) -> Told:
    await signed_in_with_name(client)
    await ask_to_reset(client, EMAIL)
    return told(await reset(client, await token(post, RESET, EMAIL), password))


async def signed_in_with_name(client: AsyncClient) -> None:
    await signed_in(client, EMAIL)
    await client.patch("/users/me", json={"name": NAME})


async def by_an_operator(_: AsyncClient, __: Mailbox, password: str) -> Told:
    with pytest.raises(WeakPassword) as refusal:
        await operators.create_user(EMAIL, password, NAME, [])
    return refusal.value.code, refusal.value.detail


@pytest.mark.parametrize(
    "way", [by_registering, by_changing, by_a_reset, by_an_operator]
)
@pytest.mark.parametrize("password", WEAK.values(), ids=WEAK)
async def test_a_weak_password_is_refused_whatever_the_way(
    client: AsyncClient, post: Mailbox, password: str, way: Way
) -> None:
    with pytest.raises(WeakPassword) as refusal:
        await require_strong(password, email=EMAIL, name=NAME)

    assert await way(client, post, password) == ("weak_password", refusal.value.detail)


async def test_signs_that_can_be_read_in_many_ways_cost_little() -> None:
    started = time.process_time()

    await require_strong("4@8({[<369&#!1/|0$5+7%2" * 11, **NOBODY)

    # By themselves they would take minutes.
    assert time.process_time() - started < 5
