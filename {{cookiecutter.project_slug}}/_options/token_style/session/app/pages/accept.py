"""Whether a client asks for HTML or for JSON (RFC 9110 §12.5.1)."""

from starlette.datastructures import Headers

from app.errors import MEDIA_TYPE

JSON = ("application/json", MEDIA_TYPE)


def wanted(headers: Headers) -> tuple[float, float]:
    """Return how much HTML is asked for by name, and JSON."""
    weights = dict(map(weigh, headers.get("accept", "").split(",")))
    return weights.get("text/html", 0), max(weights.get(each, 0) for each in JSON)


def weigh(media_range: str) -> tuple[str, float]:
    media_type, *parameters = media_range.replace(" ", "").lower().split(";")
    weight = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    try:
        return media_type, float(weight)
    except ValueError:
        return media_type, 0
