import pytest
from refusals import refusing

from secours.model.secret import Secret
from secours.wire.http.api_options import ApiOptions, ServerOptions, check_url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org",
        "https://",
        "https://x:99999",
        "https://[::1",
        "https://me:hush@x",
        "https://x/?a=hush",
        "https://x/#a",
    ],
)
def test_address_of_no_api_is_refused_without_repeating_it(url: str) -> None:
    with refusing("base_url") as refused:
        check_url("base_url", url)
    assert "hush" not in str(refused.value)


def test_address_with_a_query_may_be_allowed() -> None:
    check_url("url", "https://[2001:db8::1]:8443/current?a=b", query=True)


def test_half_a_login_and_two_are_refused() -> None:
    where = "https://x"
    assert not ServerOptions(base_url=where).logs_in
    assert ServerOptions(base_url=where, token=Secret("x")).logs_in
    assert ServerOptions(base_url=where, username="me", password=Secret("x")).logs_in
    with refusing("each other"):
        ServerOptions(base_url=where, username="me")
    with refusing("each other"):
        ServerOptions(base_url=where, password=Secret("x"))
    with refusing("both"):
        ServerOptions(
            base_url=where, token=Secret("x"), username="me", password=Secret("x")
        )


@pytest.mark.parametrize("options", [ApiOptions, ServerOptions])
def test_address_is_checked_with_the_other_options(
    options: type[ApiOptions | ServerOptions],
) -> None:
    with refusing("base_url"):
        options(base_url="example.org")
