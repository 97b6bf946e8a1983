"""The small network learns, gives the same weights for the same seed, and is the same in onnxruntime."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("jax", reason="the training extra is not installed")

import jax
import onnxruntime

from models.training.rope_tcn.count import Answers, By, CountRules, count, listen, stretches, with_jax
from models.training.rope_tcn.crops import FRAME_HZ, STRIDE, Changes, Crops, any_rotation, changed, prepared, truth_at
from models.training.rope_tcn.evaluate import belief, folds, gated, score, within
from models.training.rope_tcn.export import to_onnx
from models.training.rope_tcn.net import Shape, answers, fresh, size
from models.training.rope_tcn.recordings import G_MPS2, RATE_HZ, Recording, Role, even, load, split_bouts
from models.training.rope_tcn.train import Plan, total_loss, train

SMALL = Shape(channels=8, dilations=(1, 2, 4))
SHORT = Plan(steps=60, batch=8, crop=256)


def skipper(subject: str = "a", turns: int = 30, period_s: float = 0.5) -> Recording:
    """A wrist that goes round for a while, and rests before and after."""
    t_s = np.arange(int((turns * period_s + 6) * RATE_HZ)) / RATE_HZ
    turns_s = 3 + period_s * (np.arange(turns) + 0.5)
    inside = (t_s >= 3) & (t_s <= 3 + turns * period_s)
    angle = 2 * np.pi * (t_s - 3) / period_s
    accel_g = np.stack([2 * inside * np.cos(angle), 1 + 2 * inside * np.sin(angle), 0 * angle], axis=1)
    return Recording(Path(f"{subject}.csv"), subject, Role.ROPE, accel_g.astype(np.float32), (turns_s,), turns, 1)


def sitter(subject: str = "b", role: Role = Role.QUIET) -> Recording:
    """Someone who hardly moves."""
    accel_g = np.random.default_rng(0).normal(0, 0.05, (1500, 3)) + np.array([0, 1, 0])
    return Recording(Path(f"{subject}-{role}.csv"), subject, role, accel_g.astype(np.float32), (), 0, 1)


def test_a_few_steps_of_training_lower_the_loss_on_recordings_not_trained_on() -> None:
    batch = Crops([skipper("c", period_s=0.6), sitter("d")], 256).batch(16, np.random.default_rng(9))
    before = total_loss(fresh(SMALL, jax.random.key(1)), SMALL, SHORT, batch)
    after = total_loss(train([skipper(), sitter()], 1, SMALL, SHORT), SMALL, SHORT, batch)
    assert float(after) < 0.7 * float(before)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    plan = Plan(steps=3, batch=4, crop=128)
    first, again, other = (to_onnx(train([skipper(), sitter()], seed, SMALL, plan), SMALL) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("causal", [False, True])
def test_onnxruntime_says_what_the_network_says(*, causal: bool) -> None:
    shape = Shape(causal=causal)
    weights = fresh(shape, jax.random.key(3))
    motion = np.random.default_rng(3).normal(size=(2, 512, 4)).astype(np.float32)
    session = onnxruntime.InferenceSession(to_onnx(weights, shape), providers=["CPUExecutionProvider"])
    (there,) = session.run(None, {"motion": motion.transpose(0, 2, 1)})
    here = np.asarray(answers(weights, shape, motion))
    np.testing.assert_allclose(there.transpose(0, 2, 1), here, atol=1e-4)


def test_it_is_small() -> None:
    weights = fresh(Shape(), jax.random.key(0))
    assert size(weights) < 30_000
    assert len(to_onnx(weights, Shape())) < 200_000


def test_a_causal_network_does_not_look_ahead_and_the_other_one_does() -> None:
    motion = np.random.default_rng(4).normal(size=(1, 256, 4)).astype(np.float32)
    later = motion.copy()
    later[:, 128:] += 1
    for causal in (True, False):
        shape = Shape(channels=8, dilations=(1, 2, 4), causal=causal)
        weights = fresh(shape, jax.random.key(5))
        before, after = answers(weights, shape, motion)[:, :64], answers(weights, shape, later)[:, :64]
        assert np.array_equal(before, after) == causal


def test_the_truth_goes_round_once_a_turn_and_nowhere_else() -> None:
    recording = skipper(turns=20)
    frames_s = (np.arange(int(16 * FRAME_HZ)) + 0.5) / FRAME_HZ
    truth = truth_at(recording, frames_s)
    assert truth.rate_hz.sum() / FRAME_HZ == pytest.approx(20, abs=0.01)
    assert truth.turning.sum() / FRAME_HZ == pytest.approx(20 * 0.5, abs=0.1)
    said = Answers(truth.turning.astype(np.float64), truth.rate_hz.astype(np.float64), np.exp(1j * truth.phase))
    assert [count(said, by) for by in By] == [20, 20]


def test_a_stretched_crop_has_as_many_turns_in_it_as_its_recording() -> None:
    recording = skipper(turns=20)
    frames_s = (np.arange(int(16 * FRAME_HZ)) + 0.5) / FRAME_HZ
    truth = truth_at(recording, frames_s[frames_s < 16 / 1.25] * 1.25, stretch=1.25)
    assert truth.rate_hz.sum() / FRAME_HZ == pytest.approx(20, abs=0.05)


def test_a_pause_parts_two_bouts_and_a_turn_alone_is_one() -> None:
    assert [len(bout) for bout in split_bouts(np.array([1.0, 1.5, 2.0, 4.0, 4.5, 7.0]))] == [3, 2, 1]
    assert [len(bout) for bout in split_bouts(np.array([1.0]))] == [1]


def test_changes_keep_what_a_turned_band_cannot_change() -> None:
    accel_g = np.random.default_rng(0).normal(size=(400, 3))
    calm = Changes(gain=0, noise_g=0, dropped=0, clip_g=(np.inf,), rarely=0)
    turned = changed(accel_g, calm, np.random.default_rng(1))
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(accel_g, axis=1))
    assert not np.allclose(turned, accel_g)
    clipped = changed(4 * accel_g, Changes(clip_g=(2.0,)), np.random.default_rng(1))
    assert np.abs(clipped).max() == 2.0


def test_half_of_the_turned_axes_are_mirrored() -> None:
    chance = np.random.default_rng(2)
    signs = [np.linalg.det(any_rotation(chance)) for _ in range(200)]
    assert np.allclose(np.abs(signs), 1)
    assert 60 < sum(sign < 0 for sign in signs) < 140


def test_crops_come_in_whole_frames_and_the_magnitude_is_beside_the_axes() -> None:
    batch = Crops([skipper(), sitter(), sitter("e", Role.SWING)], 256).batch(6, np.random.default_rng(0))
    assert batch.motion.shape == (6, 256, 4)
    assert all(values.shape == (6, 256 // STRIDE) for values in batch.truth)
    np.testing.assert_array_equal(batch.motion, prepared(batch.motion[..., :3]))


def test_recordings_whose_turns_have_no_times_are_not_trained_on() -> None:
    untimed = Recording(Path("u.csv"), "u", Role.ROPE, np.full((900, 3), 99, dtype=np.float32), None, 20, 2)
    crops = Crops([untimed, skipper(), sitter()], 128)
    assert all(np.abs(crops.batch(8, np.random.default_rng(n)).motion).max() < 99 for n in range(5))


def test_uneven_and_doubled_stamps_come_onto_the_grid() -> None:
    t_s = np.array([0.0, 0.0, 0.5, 0.49, 1.0])
    values = np.array([[0.0], [2.0], [1.0], [1.0], [1.0]])
    np.testing.assert_allclose(even(t_s, values)[[0, 25, 49]], [[1.0], [1.0], [1.0]])
    assert len(even(t_s, values)) == RATE_HZ


def test_a_folder_is_read_by_its_manifest(tmp_path: Path) -> None:
    for kind in ("imu", "steps"):
        (tmp_path / kind).mkdir()
    t_s = np.arange(0, 10, 0.02)
    three = np.column_stack([t_s, 0 * t_s, 0 * t_s + G_MPS2, 0 * t_s])
    np.savetxt(tmp_path / "imu/r.csv", three, delimiter=",", header="time_s,ax_mps2,ay_mps2,az_mps2", comments="")
    np.savetxt(tmp_path / "steps/q.csv", three[:, [0, 2]], delimiter=",", header="time_s,acc_mps2", comments="")
    np.savez(tmp_path / "steps/w.npz", time_s=t_s, acc_mps2=three[:, 1:])
    (tmp_path / "imu/r-turns.csv").write_text("cycle,t_gyro_peak_s,t_acc_peak_s\n1,2.0,2.1\n2,2.5,2.6\n3,3.0,3.2\n")
    entries = [
        {"file": "imu/r.csv", "subject": "a", "activity": "rope_skip_x", "true_count": 3, "event_times_file": "imu/r-turns.csv"},
        {"file": "imu/r.csv", "subject": "b", "activity": "rope_skip_x", "true_count": 3, "confidence": "low (+-3): by eye"},
        {"file": "imu/r.csv", "subject": "a", "activity": "rope_side_swing", "true_count": 40},
        {"file": "imu/r.csv", "subject": "a", "activity": "rope_cross_over"},
        {"file": "steps/q.csv", "subject": "c", "activity": "desk", "true_count": 0},
        {"file": "steps/w.npz", "subject": "c", "activity": "walking", "true_count": 12},
        {"file": "video/v.avi", "subject": "c", "task": "skip", "true_count": 12},
    ]
    (tmp_path / "manifest.json").write_text(json.dumps(entries))
    rope, untimed, swing, quiet, walk = load(tmp_path)
    assert [r.role for r in (rope, untimed, swing, quiet, walk)] == [Role.ROPE, Role.ROPE, Role.SWING, Role.QUIET, Role.WALK]
    assert rope.bouts is not None
    np.testing.assert_allclose(rope.bouts[0], [2.0, 2.5, 3.0])
    assert untimed.bouts is None
    assert (rope.tolerance, untimed.tolerance) == (1, 3)
    assert (swing.true_count, swing.turned) == (0, 40)
    np.testing.assert_allclose(quiet.accel_g[5], [1, 0, 0], atol=1e-5)
    np.testing.assert_allclose(walk.accel_g[5], [0, 1, 0], atol=1e-5)


def test_short_lapses_are_bridged_and_short_bouts_are_none() -> None:
    on = np.array([0, 1, 1, 0, 1, 0, 0, 0, 1], dtype=bool)
    assert stretches(on, bridged=1) == [(1, 5), (8, 9)]
    turning = np.zeros(200)
    turning[20:45] = turning[100:180] = 1
    said = Answers(turning, np.full(200, 2.0), np.ones(200, dtype=complex))
    assert count(said, By.TEMPO, CountRules(shortest_bout=3)) == round(80 / FRAME_HZ * 2)


def test_nobody_is_trained_on_and_judged_by() -> None:
    untimed = [Recording(Path(f"{s}.csv"), s, Role.ROPE, np.zeros((9, 3), dtype=np.float32), None, 2, 1) for s in "xy"]
    parts = folds([skipper("a"), skipper("b"), sitter("a"), sitter("c"), sitter("d"), *untimed])
    assert parts == [frozenset("ac"), frozenset("bd"), frozenset("xy")]
    assert folds([skipper("a"), sitter("b")]) == [frozenset("a"), frozenset("b")]
    with pytest.raises(ValueError, match="two or more"):
        folds([skipper("a"), sitter("a")])


def test_a_gate_lets_turns_through_that_the_network_believes() -> None:
    turning = np.zeros(500)
    turning[100:200] = 1
    said = Answers(turning, turning, turning.astype(complex))
    believable, doubtful = [4.2, 5.0, 7.8], [12.0, 13.0]
    assert belief(said, [believable]) == 1
    assert belief(said, [doubtful]) == 0
    assert gated({Path("r"): said}, {Path("r"): [believable, doubtful]}) == {Path("r"): 3}
    assert gated({Path("r"): said}, {Path("r"): [believable, doubtful]}, whole=True) == {Path("r"): 5}
    assert gated({Path("r"): said}, {Path("r"): []}, whole=True) == {Path("r"): 0}


def test_scores_go_by_the_rule_of_acceptance() -> None:
    rope, swing = skipper(turns=30), Recording(Path("s.csv"), "s", Role.SWING, np.zeros((9, 3), dtype=np.float32), (), 0, 1, 60)
    assert [within(rope, n) for n in (28, 29, 31, 32)] == [False, True, True, False]
    assert [within(swing, n) for n in (6, 7)] == [True, False]
    assert [within(sitter(), n) for n in (1, 2)] == [True, False]
    result = score([rope, swing], {rope.path: 29, swing.path: 8})
    assert (result.recordings, result.good, result.wrong, result.turns) == (2, 1, 9, 30)


def test_a_recording_is_heard_to_its_last_frame_with_any_length() -> None:
    weights = fresh(SMALL, jax.random.key(0))
    heard = listen(with_jax(weights, SMALL), skipper().accel_g[:777], turns=2)
    assert len(heard.turning) == len(heard.rate_hz) == len(heard.circle) == 389
    assert ((heard.turning > 0) & (heard.turning < 1)).all()
