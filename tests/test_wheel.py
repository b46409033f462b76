import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parents[1]
SRC = ROOT / "src"


def test_the_wheel_holds_stylesheets_templates_texts_and_all_else(
    tmp_path: Path,
) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d"]
    subprocess.run([*build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.iterdir()

    with ZipFile(wheel) as opened:
        held = {name for name in opened.namelist() if name.startswith("secours/")}

    ours = (path for path in (SRC / "secours").rglob("*") if path.is_file())
    names = {str(path.relative_to(SRC)) for path in ours if path.suffix != ".pyc"}
    assert held == names
    assert "secours/render/templates/channels.html" in held
