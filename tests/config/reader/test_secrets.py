import errno
from pathlib import Path

import pytest
from refusals import refusing

from secours.config.reader import secrets
from secours.config.reader.secrets import Vault, unescaped
from secours.message import our_user
from secours.model.observed import Reason
from secours.model.secret import SecretMissing
from secours.texts import in_words


def vault(folder: Path, **environ: str) -> Vault:
    return Vault(folder, environ)


def test_a_secret_comes_from_the_environment(tmp_path: Path) -> None:
    assert vault(tmp_path, PIN="1234").secret("${PIN}").reveal() == "1234"


def test_a_secret_comes_from_a_file_beside_probes_yaml(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("12 34\n\n")

    assert vault(tmp_path).secret("${file:pin}").reveal() == "12 34\n"
    assert vault(Path("/")).secret(f"${{file:{tmp_path}/pin}}").reveal() == "12 34\n"


def test_a_secret_comes_from_systemd(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("1234\n")
    held = vault(Path("/"), CREDENTIALS_DIRECTORY=str(tmp_path))

    assert held.secret("${cred:pin}").reveal() == "1234"


@pytest.mark.parametrize(
    ("text", "words", "problem", "what"),
    [
        ("${PIN}", "environment variable PIN is not set", "variable-not-set", "PIN"),
        ("${EMPTY}", "environment variable EMPTY is empty", "empty", "EMPTY"),
        ("${file:gone}", "No such file", "unreadable", "{folder}/gone"),
        ("${file:~no-user/x}", "No such file", "unreadable", "{folder}/~no-user/x"),
        ("${file:.}", "Is a directory", "unreadable", "{folder}"),
        ("${file:binary}", "it is not text", "not-text", "{folder}/binary"),
        ("${file:void}", "it is empty", "empty", "{folder}/void"),
        ("${file:large}", "too large", "too-large", "{folder}/large"),
        ("${cred:pin}", "systemd passed no credentials", "no-credentials", "pin"),
    ],
)
def test_a_missing_secret_says_what_is_missing(
    tmp_path: Path, text: str, words: str, problem: str, what: str
) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "void").write_text("\n")
    (tmp_path / "large").write_text("x" * 70_000)
    held = vault(tmp_path, EMPTY="")

    for secret in (held.secret(text), held.template(f"Bearer {text}")):
        with pytest.raises(SecretMissing) as missing:
            secret.reveal()
        assert words in in_words("en", missing.value.said)
        facts = {"problem": problem, "what": what.format(folder=tmp_path)}
        assert missing.value.facts == facts


def test_a_secret_that_we_may_not_read_names_who_should(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pin").write_text("1234")

    def refused(path: Path) -> None:  # root may read anything, so it is said here
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(secrets, "open_plain", refused)
    with pytest.raises(SecretMissing) as missing:
        vault(tmp_path).secret("${file:pin}").reveal()

    what = str(tmp_path / "pin")
    facts = {"problem": "may-not-read", "what": what, "user": our_user()}
    assert missing.value.facts == facts
    assert missing.value.reason is Reason.SECRET_MISSING


@pytest.mark.parametrize(
    "text", ["hunter2", "", "x${PIN}", "${PIN}x", "${PIN}${PIN}", "$PIN", "$${PIN}"]
)
def test_a_literal_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    with refusing(r"a secret never stands in this file") as told:
        vault(tmp_path, PIN="1234").secret(text)

    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "text", ["${}", "${A B}", "${1A}", "${file:}", "${cred:a/b}", "${env:A}", "${PIN"]
)
def test_a_reference_that_names_nothing_is_refused(tmp_path: Path, text: str) -> None:
    with refusing(r"\$\{"):
        vault(tmp_path, PIN="1234").template(f"Bearer {text}")


def test_references_stand_anywhere_in_a_template(tmp_path: Path) -> None:
    held = vault(tmp_path, A="1", B="2")

    assert held.template("x${A}y${B}z${A}").reveal() == "x1y2z1"
    assert held.template("no reference, $5").reveal() == "no reference, $5"
    assert held.template("$${A} is ${A}").reveal() == "${A} is 1"


def test_what_a_secret_holds_is_never_a_reference(tmp_path: Path) -> None:
    held = vault(tmp_path, A="${B}", B="2")

    assert held.template("${A}").reveal() == "${B}"


def test_other_text_knows_the_escape_alone() -> None:
    assert unescaped("a $${b} ${"[:8]) == "a ${b} "
    with refusing("no secret may stand here"):
        unescaped("a ${b}")


def test_a_byte_order_mark_is_no_part_of_a_secret(tmp_path: Path) -> None:
    (tmp_path / "pin").write_bytes(b"\xef\xbb\xbf1234\r\n")

    assert vault(tmp_path).secret("${file:pin}").reveal() == "1234"
