import pytest


@pytest.fixture(scope="module", autouse=True)
def as_written(plain_spaces: None) -> None:
    """Have the words of all these tests with plain spaces."""
