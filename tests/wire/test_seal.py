from pathlib import Path

import pytest

from secours.wire import seal

NOW_S = 1_795_000_000.0


def test_own_seal_is_known_until_it_expires() -> None:
    text = seal.sealed_text(seal.new_seal(NOW_S))

    assert seal.is_ours(text, NOW_S)
    assert seal.is_ours(f"Fwd: {text} (fin)", NOW_S + seal.LIFETIME_S - 2)
    assert not seal.is_ours(text, NOW_S + seal.LIFETIME_S + 2)
    assert not seal.is_ours(text, NOW_S - 120)


def test_changed_seal_is_not_ours() -> None:
    mine = seal.new_seal(NOW_S)
    for place in range(len("secours-"), len(mine) - 1):
        other = "b" if mine[place] == "a" else "a"
        forged = mine[:place] + other + mine[place + 1 :]
        assert not seal.is_ours(forged, NOW_S), place


def test_every_seal_is_another() -> None:
    assert len({seal.new_seal(NOW_S) for _ in range(100)}) == 100


@pytest.mark.parametrize("text", ["", "secours-", "secours-" + "7" * 20, "Rappelle"])
def test_text_without_a_seal_is_not_ours(text: str) -> None:
    assert not seal.is_ours(text, NOW_S)


def test_another_machine_makes_other_seals(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine = seal.new_seal(NOW_S)
    identity = tmp_path / "machine-id"
    identity.write_text("another\n")
    monkeypatch.setattr(seal, "MACHINE_ID", identity)
    seal._key.cache_clear()
    try:
        assert not seal.is_ours(mine, NOW_S)
    finally:
        seal._key.cache_clear()


def test_machine_without_an_identity_knows_its_own_seals_while_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(seal, "MACHINE_ID", tmp_path / "none")
    seal._key.cache_clear()
    try:
        assert seal.is_ours(seal.new_seal(NOW_S), NOW_S)
    finally:
        seal._key.cache_clear()
