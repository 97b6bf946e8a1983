"""The C port of the counting core counts what the gateway's own core counts, frame by frame.

Sums are added in another order there, so a turn may be shown one frame (0.1 s) earlier or later; the end must be the same.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest
from typer.testing import CliRunner

from edge.cli import app
from edge.counting.motion_grid import MotionGrid, even_out
from edge.counting.rope_core import ANKLE_RULES, FRAME, RATE_HZ, RULES, RopeCore, shock_gain
from edge.counting.signal import even
from edge.recordings.motion_file import read_motion
from simulators.band_motion import Everyday, Limb, Sensor, Style, everyday_motion, pupil_of, skipping_motion

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edge.counting.rope_core import CoreRules
    from simulators.band_motion import MotionRecording

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "firmware_bridge" / "rope_core"
STRICT: Final = ["-std=c99", "-O2", "-Wall", "-Wextra", "-Werror", "-Wdouble-promotion"]
MOST_STATE_BYTES: Final = 8192
FRAMES: Final = 640
RATES_HZ: Final = (12.5, 25.0, 50.0, 52.0, 100.0, 200.0)
# Reads frames of which some were not heard, and tells the count after each; a band is begun anew before a frame marked afresh.
DRIVER: Final = """
#include "rope_core.h"
unsigned long size_of_state(void) { return sizeof(struct rope_core); }
void run(struct rope_core *core, int frames, const float *accel, const bool *heard, const bool *afresh, int *counts)
{
    for (int frame = 0; frame < frames; frame++) {
        if (afresh[frame])
            rope_core_forget(core);
        for (int k = 0; k < ROPE_CORE_FRAME; k++) {
            if (heard[frame])
                rope_core_feed(core, accel + 3 * (ROPE_CORE_FRAME * frame + k));
            else
                rope_core_miss(core);
        }
        counts[frame] = (int)rope_core_count(core);
    }
}
"""


def gcc(*words: object) -> None:
    if shutil.which("gcc") is None:
        message = "gcc is not installed: apt-get install gcc libc6-dev"
        if os.environ.get("TOUCHLINE_REQUIRE_TOOLS") == "1":
            pytest.fail(message)
        pytest.skip(message)
    done = subprocess.run(["gcc", *STRICT, f"-I{FOLDER}", *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True, eq=False)
class Port:
    """The port in a shared library, for one band."""

    library: ctypes.CDLL
    state: ctypes.Array[ctypes.c_char]

    def count(
        self,
        frames: NDArray[np.float32],
        heard: NDArray[np.bool_] | None = None,
        afresh: NDArray[np.bool_] | None = None,
        rate_hz: float = RATE_HZ,
    ) -> NDArray[np.int32]:
        """The count after each of float32[frames, 5, 3], from the beginning."""
        frames = np.ascontiguousarray(frames, dtype=np.float32)
        heard = np.ones(len(frames), dtype=bool) if heard is None else heard
        afresh = np.zeros(len(frames), dtype=bool) if afresh is None else afresh
        counts = np.zeros(len(frames), dtype=np.int32)
        self.library.rope_core_init(self.state)
        self.library.rope_core_set_sensor_rate(self.state, ctypes.c_float(rate_hz))
        self.library.run(
            self.state, len(frames), *(array.ctypes.data_as(ctypes.c_void_p) for array in (frames, heard, afresh, counts))
        )
        return counts

    def feed(self, *accel_mps2: float) -> bool:
        worked: bool = self.library.rope_core_feed(self.state, (ctypes.c_float * 3)(*accel_mps2))
        return worked


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Port:
    return built(tmp_path_factory.mktemp("port"))


@pytest.fixture(scope="module")
def ankle_port(tmp_path_factory: pytest.TempPathFactory) -> Port:
    return built(tmp_path_factory.mktemp("ankle"), "-DROPE_CORE_ANKLE")


def built(folder: Path, *words: str) -> Port:
    (folder / "driver.c").write_text(DRIVER)
    gcc("-fPIC", "-shared", *words, FOLDER / "rope_core.c", folder / "driver.c", "-o", folder / "port.so", "-lm")
    library = ctypes.CDLL(str(folder / "port.so"))
    library.size_of_state.restype = ctypes.c_ulong
    library.rope_core_feed.restype = ctypes.c_bool
    return Port(library, ctypes.create_string_buffer(library.size_of_state()))


def frames_of(recording: MotionRecording) -> NDArray[np.float32]:
    """float32[FRAMES, 5, 3] at 50 Hz."""
    signal = even(recording.t_ns, recording.accel_mps2.astype(np.float64), RATE_HZ)
    assert signal is not None
    return signal.values[: FRAMES * FRAME].astype(np.float32).reshape(FRAMES, FRAME, 3)


def reference(
    bands: NDArray[np.float32],
    heard: NDArray[np.bool_] | None = None,
    afresh: NDArray[np.bool_] | None = None,
    gains: NDArray[np.float32] | None = None,
    rules: CoreRules = RULES,
) -> NDArray[np.int32]:
    """int32[bands, frames]: what the gateway's core counts of float32[bands, frames, 5, 3], side by side."""
    core = RopeCore(len(bands), rules)
    counts = np.zeros(bands.shape[:2], dtype=np.int32)
    for frame in range(bands.shape[1]):
        for band in np.flatnonzero(afresh[:, frame]) if afresh is not None else ():
            core.forget(int(band))
        of_frame = None if heard is None else heard[:, frame]
        counts[:, frame] = core.step(bands[:, frame], heard=of_frame, shock_gain=gains).count
    return counts


def assert_same(ported: NDArray[np.int32], expected: NDArray[np.int32]) -> None:
    """Equal within one frame, and equal at the end."""
    earliest, latest = np.append(expected[1:], expected[-1]), np.insert(expected[:-1], 0, 0)
    assert np.all((latest <= ported) & (ported <= earliest)), np.flatnonzero((ported < latest) | (ported > earliest))
    assert ported[-1] == expected[-1]


@pytest.fixture(scope="module")
def skippers() -> NDArray[np.float32]:
    """Every style on every limb, by good and poor pupils, from sensors of 12.5 to 200 Hz."""
    made = []
    for number, (style, limb) in enumerate((style, limb) for style in Style for limb in Limb):
        ability = pupil_of(style, number, poor=number % 2 == 1)
        sensor = Sensor(RATES_HZ[number % len(RATES_HZ)], gyro=False)
        backward = number % 4 == 0
        made.append(skipping_motion(style, limb=limb, ability=ability, seconds=60, backward=backward, sensor=sensor, seed=number))
    return np.stack([frames_of(recording) for recording in made])


@pytest.fixture(scope="module")
def others() -> NDArray[np.float32]:
    """What is no skipping, on each limb."""
    kinds = [(activity, limb) for activity in Everyday for limb in Limb]
    made = [everyday_motion(activity, limb=limb, seconds=66, seed=number) for number, (activity, limb) in enumerate(kinds)]
    return np.stack([frames_of(recording) for recording in made])


def test_the_header_is_made_from_todays_core(tmp_path: Path) -> None:
    out = tmp_path / "rope_core_rules.h"
    subprocess.run([sys.executable, ROOT / "scripts/rope_core_rules.py", out], check=True)
    published = (FOLDER / out.name).read_text()
    assert published == out.read_text(), f"out of date: python scripts/rope_core_rules.py {(FOLDER / out.name).relative_to(ROOT)}"


def test_the_state_is_small(port: Port) -> None:
    size_bytes = len(port.state)
    print(f"struct rope_core: {size_bytes} bytes")  # noqa: T201 -- a promise to makers of bands, shown by -s
    assert size_bytes <= MOST_STATE_BYTES
    told = (ROOT / "docs/porting-the-core.md").read_text(encoding="utf-8")
    assert f"{size_bytes:,} bytes" in told


def test_nothing_is_allocated_and_little_is_called(tmp_path: Path) -> None:
    out = tmp_path / "rope_core.o"
    gcc("-fno-pic", "-fno-stack-protector", "-c", FOLDER / "rope_core.c", "-o", out)
    listed = subprocess.run(["nm", "--undefined-only", "--format=just-symbols", out], capture_output=True, text=True, check=True)
    called = set(listed.stdout.split())
    assert not called & {"malloc", "calloc", "realloc", "free"}
    single_precision = {"atan2f", "cosf", "sinf", "sincosf", "sqrtf", "floorf", "rintf", "fabsf"}
    assert called <= single_precision | {"memcpy", "memset", "memmove"}


def test_each_style_counts_as_in_the_gateway(port: Port, skippers: NDArray[np.float32]) -> None:
    expected = reference(skippers)
    assert np.count_nonzero(expected[:, -1]) > len(skippers) / 2, "the motion is worth comparing"
    for frames, counts in zip(skippers, expected, strict=True):
        assert_same(port.count(frames), counts)


def test_a_slow_sensor_is_told(port: Port, skippers: NDArray[np.float32]) -> None:
    rates_hz = [RATES_HZ[number % len(RATES_HZ)] for number in range(len(skippers))]
    expected = reference(skippers, gains=np.array([shock_gain(rate_hz) for rate_hz in rates_hz], dtype=np.float32))
    for frames, rate_hz, counts in zip(skippers, rates_hz, expected, strict=True):
        assert_same(port.count(frames, rate_hz=rate_hz), counts)
    assert not np.array_equal(expected, reference(skippers)), "it makes a difference"


def test_what_is_no_skipping_counts_as_in_the_gateway(port: Port, others: NDArray[np.float32]) -> None:
    for frames, counts in zip(others, reference(others), strict=True):
        assert_same(port.count(frames), counts)


def test_one_band_after_another_changes_count_as_in_the_gateway(port: Port, skippers: NDArray[np.float32]) -> None:
    # Without a pause the period leaps, in young bouts and in old ones.
    bands = np.concatenate([np.roll(skippers, shift, axis=0)[:, 100 + 90 * shift : 190 + 90 * shift] for shift in range(6)], axis=1)
    for frames, counts in zip(bands, reference(bands), strict=True):
        assert_same(port.count(frames), counts)


def test_at_an_ankle_landings_are_worth_as_much_as_in_the_gateway(
    ankle_port: Port, skippers: NDArray[np.float32], others: NDArray[np.float32]
) -> None:
    bands = np.concatenate([skippers, others])
    expected = reference(bands, rules=ANKLE_RULES)
    assert np.count_nonzero(expected[:, -1] != reference(bands)[:, -1]) > len(bands) / 4, "an ankle has rules of its own"
    for frames, counts in zip(bands, expected, strict=True):
        assert_same(ankle_port.count(frames), counts)


def test_gaps_and_slow_sensors_at_an_ankle_count_as_in_the_gateway(ankle_port: Port, skippers: NDArray[np.float32]) -> None:
    heard = np.random.default_rng(6).random(skippers.shape[:2]) < 0.97
    gains = np.full(len(skippers), shock_gain(25.0), dtype=np.float32)
    for band, counts in enumerate(reference(skippers, heard, gains=gains, rules=ANKLE_RULES)):
        assert_same(ankle_port.count(skippers[band], heard[band], rate_hz=25.0), counts)


def wheel(periods: list[int], alternating: list[float], seconds: float) -> NDArray[np.float32]:
    """float32[frames, 5, 3]: a limb that goes round and lands once a turn; every second turn may differ from the others.

    Args:
        periods: of a turn in samples, each for so many seconds.
        alternating: m/s², how much the turns differ, with each of them.
    """
    samples = int(seconds * RATE_HZ)
    period = np.repeat(periods, samples)
    turns = np.cumsum(1 / period)
    landing = 30 * np.exp(-(((turns % 1 - 0.5) * period) ** 2))
    angle = 2 * np.pi * turns
    second = np.repeat(alternating, samples) * np.array([np.cos(angle / 2), np.sin(angle / 2)])
    accel = np.column_stack([20 * np.cos(angle) + second[0], 20 * np.sin(angle) + second[1], 9.81 + landing])
    return accel.astype(np.float32).reshape(-1, FRAME, 3)


@pytest.mark.parametrize("seconds", [2, 4, 12])
@pytest.mark.parametrize(
    ("periods", "alternating"),
    [
        ([20, 20, 20], [0, 18, 0]),
        ([25, 25, 25], [18, 0, 18]),
        ([16, 29, 17, 31], [0, 0, 0, 0]),
        ([12, 24, 48, 24, 12], [0, 0, 0, 0, 0]),
        ([57, 8, 57, 8], [0, 0, 0, 0]),
    ],
)
def test_periods_that_leap_count_as_in_the_gateway(
    port: Port, periods: list[int], alternating: list[float], seconds: float
) -> None:
    frames = wheel(periods, alternating, seconds)
    expected = reference(frames[None])[0]
    assert expected[-1] > 0
    assert_same(port.count(frames), expected)


def test_gaps_count_as_in_the_gateway(port: Port, skippers: NDArray[np.float32]) -> None:
    draw = np.random.default_rng(5)
    heard = np.ones(skippers.shape[:2], dtype=bool)
    for row in heard:
        for begin in draw.integers(1, FRAMES, 12):
            row[begin : begin + draw.integers(1, 16)] = False  # up to 1.5 s: shorter and longer than what is bridged
    afresh = draw.random(heard.shape) < 0.003
    heard |= afresh
    for band, counts in enumerate(reference(skippers, heard, afresh)):
        assert_same(port.count(skippers[band], heard[band], afresh[band]), counts)


def test_a_sample_that_is_no_number_is_a_missing_one(port: Port, skippers: NDArray[np.float32]) -> None:
    heard = np.ones(FRAMES, dtype=bool)
    heard[[50, 300, 301, 302, 450]] = False
    spoilt = skippers[4].copy()
    spoilt[~heard, 2, 1] = [np.nan, np.inf, -np.inf, 1e30, np.nan]
    assert list(port.count(spoilt)) == list(port.count(skippers[4], heard))


def test_every_fifth_sample_closes_a_frame(port: Port) -> None:
    port.library.rope_core_init(port.state)
    assert [port.feed(0.0, 0.0, 9.81) for _ in range(10)] == 2 * [False, False, False, False, True]


def test_cadence_goes_into_the_advertisement(port: Port) -> None:
    ability = pupil_of(Style.SINGLE_BOUNCE, 1)
    frames = frames_of(skipping_motion(Style.SINGLE_BOUNCE, ability=ability, seconds=60, seed=1))
    port.count(frames[:330])
    assert port.library.rope_core_cadence_per_min(port.state) == pytest.approx(ability.cadence_per_min, rel=0.08)
    for _ in range(4 * RATE_HZ):
        port.feed(*frames[330, 0])  # the arm is still
    assert port.library.rope_core_cadence_per_min(port.state) == 0


def test_feet_in_turn_have_the_cadence_of_both(ankle_port: Port) -> None:
    ability = pupil_of(Style.ALTERNATE_FEET, 0)
    made = skipping_motion(Style.ALTERNATE_FEET, limb=Limb.ANKLE, ability=ability, seconds=60, seed=0)
    ankle_port.count(frames_of(made)[:330])
    told = ankle_port.library.rope_core_cadence_per_min(ankle_port.state)
    assert told == pytest.approx(ability.cadence_per_min, rel=0.08)


def test_the_document_tells_the_counts_to_expect(tmp_path: Path) -> None:
    program = tmp_path / "rope_core_check"
    gcc(FOLDER / "rope_core.c", FOLDER / "rope_core_check.c", "-o", program, "-lm")
    text = (ROOT / "docs/porting-the-core.md").read_text(encoding="utf-8")
    told = re.findall(r"^ +\$ touchline (simulate motion (\S+) .*)\n +\$ \./rope_core_check < \2\n +([\d ]+)$", text, re.MULTILINE)
    assert len(told) >= 3
    wrong = {}
    for command, name, counts in told:
        file = tmp_path / name
        done = CliRunner().invoke(app, shlex.split(command.replace(name, str(file))))
        assert done.exit_code == 0, done.output
        with file.open() as stream:
            shown = subprocess.run([program], stdin=stream, capture_output=True, text=True, check=True).stdout.strip()
        if shown != counts:
            wrong[f"touchline {command}"] = shown
        samples = np.loadtxt(file, delimiter=",", skiprows=1, usecols=(1, 2, 3), dtype=np.float32)
        whole = len(samples) // RATE_HZ * RATE_HZ
        frames = reference(samples[:whole].reshape(1, -1, FRAME, 3))[0]
        assert [int(word) for word in shown.split()] == frames[RATE_HZ // FRAME - 1 :: RATE_HZ // FRAME].tolist()
    assert not wrong, "what the document has to tell now: " + json.dumps(wrong, indent=2)


@pytest.mark.recordings
def test_real_recordings_count_as_in_the_gateway(port: Port, recordings: Path) -> None:
    cases = json.loads((recordings / "manifest.json").read_text(encoding="utf-8"))
    files = [case["file"] for case in cases if str(case.get("activity", "")).startswith("rope_")]
    assert len(files) > 40
    gridded = []
    for file in files:
        grid = MotionGrid()
        gridded.append([*grid.feed(read_motion(recordings / file)), *grid.flush()])
    accel = np.zeros((len(files), max(map(len, gridded)), FRAME, 3), dtype=np.float32)
    heard, afresh = np.zeros((2, *accel.shape[:2]), dtype=bool)
    for band, frames in enumerate(gridded):
        accel[band, : len(frames)], heard[band, : len(frames)] = even_out(frames)
        afresh[band, : len(frames)] = [frame.afresh for frame in frames]
    for band, counts in enumerate(reference(accel, heard, afresh)):
        assert_same(port.count(accel[band], heard[band], afresh[band]), counts)
