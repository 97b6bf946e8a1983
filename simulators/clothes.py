"""What a simulated person wears and looks like, as textures: cloth with patterns that image motion can hold on to, a face, shoes.

A limb's texture is BGRA, its colours already weighed by its cover; what goes all around a body (trunk, head) is unrolled, the front
in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Texture = NDArray[np.uint8]
    Colour = tuple[int, int, int]

LIMB_PX: Final = 80
AROUND_PX: Final = 256
SKINS: Final = ((150, 180, 225), (140, 170, 215), (155, 185, 230), (120, 150, 200), (95, 125, 175), (165, 190, 235))
HAIRS: Final = ((25, 25, 35), (30, 30, 30), (35, 45, 60), (20, 20, 25), (40, 60, 90))
SHIRTS: Final = (
    (60, 60, 200), (190, 120, 40), (70, 160, 70), (40, 170, 220), (200, 200, 205), (150, 60, 140), (60, 60, 70), (80, 130, 235),
)  # fmt: skip
TROUSERS: Final = ((90, 60, 40), (60, 60, 60), (110, 80, 50), (80, 50, 70), (45, 45, 50), (140, 140, 145))
SHOES: Final = ((230, 230, 230), (60, 60, 190), (220, 220, 240), (70, 70, 75), (60, 190, 230))
PATTERNS: Final = ("plain", "hoops", "stripes", "checks", "print")


@dataclass(frozen=True, slots=True)
class Look:
    """Colours (BGR) and cut of one person's clothes."""

    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    shoes: Colour
    pattern: str = "print"
    long_sleeves: bool = False
    shorts: bool = False
    long_hair: bool = False
    seed: int = 0


def look_of(seed: int) -> Look:
    """Somebody's look; the same seed gives the same."""
    draw = np.random.default_rng([seed, 13])

    def one(choices: tuple[Any, ...]) -> Any:
        return choices[draw.integers(len(choices))]

    return Look(
        one(SKINS), one(HAIRS), one(SHIRTS), one(TROUSERS), one(SHOES), pattern=one(PATTERNS),
        long_sleeves=bool(draw.random() < 0.3), shorts=bool(draw.random() < 0.45), long_hair=bool(draw.random() < 0.4), seed=seed,
    )  # fmt: skip


LOOKS: Final = tuple(look_of(seed) for seed in (3, 11, 5, 8, 21, 30, 34, 47, 50, 62))


@dataclass(frozen=True, slots=True, eq=False)
class Wardrobe:
    """Every texture of one look.

    Attributes:
        limbs: by name: thigh, shank, upper_arm, forearm; each in sizes, the largest first.
        ends: colours of the joints at the beginning and the end of each limb.
        trunk: unrolled, from above the shoulders to below the hips.
        head: unrolled, from the top of the head to the chin and neck.
    """

    look: Look
    limbs: dict[str, list[Texture]]
    ends: dict[str, tuple[Colour, Colour]]
    trunk: Texture
    head: Texture


@lru_cache(maxsize=64)
def wardrobe(look: Look) -> Wardrobe:
    """The textures of a look, made once."""
    draw = np.random.default_rng([look.seed, 14])
    shirt = _cloth(draw, look.shirt, look.pattern, (96, AROUND_PX))
    legs = _cloth(draw, look.trousers, "seam", (96, 128))
    skin = _cloth(draw, look.skin, "skin", (96, 128))
    sleeve = shirt[20:, : AROUND_PX // 2]
    cut = {
        "thigh": (legs, 0.72),
        "shank": (_over(skin, _cloth(draw, (225, 225, 225), "seam", (96, 128)), 0.72) if look.shorts else legs, 0.66),
        "upper_arm": (_over(sleeve, sleeve if look.long_sleeves else skin, 0.62), 0.8),
        "forearm": (_over(sleeve, skin, 0.9) if look.long_sleeves else skin, 0.7),
    }
    if look.shorts:
        cut["thigh"] = (_over(legs, skin, 0.75), 0.72)
    limbs = {name: _sizes(_limb(cloth, taper)) for name, (cloth, taper) in cut.items()}
    ends = {name: (_mean(cloth[:10]), _mean(cloth[-10:])) for name, (cloth, _) in cut.items()}
    return Wardrobe(look, limbs, ends, _trunk(draw, look, shirt, legs), _head(draw, look))


def _cloth(draw: np.random.Generator, colour: Colour, pattern: str, size: tuple[int, int]) -> Texture:
    height, width = size
    rows, columns = np.mgrid[0:height, 0:width]
    light = np.ones(size)
    if pattern == "hoops":
        light = np.where((rows // 9) % 2 == 0, 1.0, 0.55)
    elif pattern == "stripes":
        light = np.where((columns // 10) % 2 == 0, 1.0, 0.62)
    elif pattern == "checks":
        light = 0.62 + 0.2 * ((rows // 8) % 2) + 0.2 * ((columns // 8) % 2)
    elif pattern == "seam":
        light = np.where(np.abs(columns - width // 2) < 5, 1.5, 1.0)
    strength = 0.035 if pattern == "skin" else 0.13
    for grain in (2.0, 5.0):
        rough = gaussian_filter(draw.normal(size=size), grain, mode="wrap")
        light = light + strength * rough / rough.std()
    cloth = np.clip(np.array(colour) * np.clip(light, 0.25, 1.7)[..., None], 0, 255).astype(np.uint8)
    if pattern == "print":
        for _ in range(22):
            at = (int(draw.integers(width)), int(draw.integers(height)))
            tone = tuple(int(c) for c in draw.integers(30, 250, 3))
            cv2.circle(cloth, at, int(draw.integers(2, 6)), tone, -1, cv2.LINE_AA)
    return cloth


def _over(above: Texture, below: Texture, share: float) -> Texture:
    """One cloth that ends over another: a sleeve over an arm."""
    size = (64, LIMB_PX)
    joined: Any = cv2.resize(np.ascontiguousarray(below), size)
    upper = cv2.resize(np.ascontiguousarray(above), size)
    edge = round(share * LIMB_PX)
    joined[:edge] = upper[:edge]
    joined[edge - 2 : edge] //= 2
    out: Texture = joined
    return out


def _limb(cloth: Texture, taper: float) -> Texture:
    """A round part, seen from the side: darker where it turns away, thinner towards its end."""
    flat = cv2.resize(np.ascontiguousarray(cloth), (32, LIMB_PX)).astype(np.float32)
    across = (np.arange(32) + 0.5) / 16.0 - 1.0
    half = np.linspace(1.0, taper, LIMB_PX)[:, None] * 0.94
    place = across[None] / half
    cover = np.clip((half - np.abs(across[None])) * 16.0, 0.0, 1.0)
    # Light comes from above on the left.
    shade = 0.55 + 0.45 * np.sqrt(np.clip(1.0 - (0.85 * place + 0.22) ** 2, 0.0, 1.0))
    coloured = flat * (shade * cover)[..., None]
    return np.dstack([coloured, 255.0 * cover]).clip(0, 255).astype(np.uint8)


def _sizes(texture: Texture) -> list[Texture]:
    sizes = [texture]
    while min(sizes[-1].shape[:2]) > 8:
        sizes.append(cv2.resize(sizes[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8))
    return sizes


def _mean(cloth: Texture) -> Colour:
    blue, green, red = (round(0.9 * float(c)) for c in cloth.reshape(-1, 3).mean(axis=0))
    return blue, green, red


def _trunk(draw: np.random.Generator, look: Look, shirt: Texture, legs: Texture) -> Texture:
    """Shirt over trousers; a collar, a print on the chest, a number on the back."""
    trunk = shirt.copy()
    height, width = trunk.shape[:2]
    middle = width // 2
    dark = tuple(round(0.5 * c) for c in look.shirt)
    light = tuple(min(255, round(0.5 * c + 120)) for c in look.shirt)
    cv2.ellipse(trunk, (middle, 0), (18, 13), 0, 0, 360, look.skin, -1, cv2.LINE_AA)
    cv2.ellipse(trunk, (middle, 0), (18, 13), 0, 0, 360, dark, 2, cv2.LINE_AA)
    cv2.rectangle(trunk, (middle - 26, 26), (middle + 26, 40), light, -1)
    cv2.putText(trunk, "SPORT", (middle - 24, 37), cv2.FONT_HERSHEY_SIMPLEX, 0.42, dark, 1, cv2.LINE_AA)
    number = str(int(draw.integers(10, 99)))
    for shift in (0, -width):
        cv2.putText(trunk, number, (width - 24 + shift, 58), cv2.FONT_HERSHEY_DUPLEX, 1.4, light, 3, cv2.LINE_AA)
    belt = round(0.8 * height)
    trunk[belt:] = cv2.resize(np.ascontiguousarray(legs), (width, height))[belt:]
    trunk[belt - 2 : belt] //= 2
    return trunk


def _head(draw: np.random.Generator, look: Look) -> Texture:
    """Unrolled: longitude across, the top of the head above; hair, brows, eyes, nose, mouth, ears."""
    height, width = 128, AROUND_PX
    head = _cloth(draw, look.skin, "skin", (height, width))
    hair = _cloth(draw, look.hair, "seamless", (height, width))
    rows, columns = np.mgrid[0:height, 0:width]
    around = np.abs(columns - width / 2) / (width / 2)
    line = 33 + 4 * np.cos(columns / 9.0)
    back = (around > 0.5) & (rows < (120 if look.long_hair else 84))
    side = (around > 0.4) & (rows < (112 if look.long_hair else 58))
    hairy = (rows < line) | back | side
    head[hairy] = hair[hairy]
    middle = width // 2
    dark = tuple(round(0.62 * c) for c in look.skin)
    for sign in (-1, 1):
        cv2.line(head, (middle + sign * 9, 48), (middle + sign * 27, 47), look.hair, 3, cv2.LINE_AA)
        cv2.ellipse(head, (middle + sign * 18, 57), (9, 5), 0, 0, 360, (245, 245, 245), -1, cv2.LINE_AA)
        cv2.circle(head, (middle + sign * 18, 57), 4, (35, 30, 30), -1, cv2.LINE_AA)
        cv2.ellipse(head, (middle + sign * 66, 64), (6, 12), 0, 0, 360, dark, -1, cv2.LINE_AA)
        cv2.circle(head, (middle + sign * 4, 75), 2, dark, -1, cv2.LINE_AA)
    cv2.line(head, (middle + 5, 60), (middle + 7, 74), dark, 2, cv2.LINE_AA)
    cv2.ellipse(head, (middle, 90), (14, 4), 0, 0, 360, (90, 90, 170), -1, cv2.LINE_AA)
    cv2.line(head, (middle - 14, 90), (middle + 14, 90), (60, 60, 110), 1, cv2.LINE_AA)
    head[110:, :] = (head[110:, :] * 0.8).astype(np.uint8)
    return head
