"""All settings of a gateway: one TOML file, then environment variables, checked once at the start, all faults told at once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from cloud_sync.pacing import QUIET_HOURS_PATTERN
from edge.counting.band_site import BandSite

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,30}$")]
Port = Annotated[int, Field(ge=1, le=65_535)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GatewaySettings(_Section):
    """Who this gateway is, and where it keeps its files."""

    id: Annotated[Name, Field(description="name of this gateway within its tenant")] = "field-1"
    tenant: Annotated[Name, Field(description="school or district it belongs to")] = "school-1"
    title: Annotated[str, Field(max_length=60, description="what the pages call this field")] = "Field 1"
    data_dir: Annotated[Path, Field(description="folder of everything that is kept")] = Path("var/gateway")


class WebSettings(_Section):
    """Where the pages are served."""

    host: Annotated[str, Field(description="address to listen on; 0.0.0.0 for all")] = "127.0.0.1"
    port: Annotated[Port, Field(description="port of the pages")] = 8480
    access_code: Annotated[
        SecretStr | None,
        Field(description="code a tablet must know when `host` is not this machine; made at the first start if not given"),
    ] = None


class StoreSettings(_Section):
    """The journal on disk."""

    max_bytes: Annotated[int, Field(ge=8 << 20, description="logical size limit of the journal file")] = 1 << 30
    group_ms: Annotated[float, Field(ge=0, le=100, description="how long a commit waits for company")] = 4.0


class BandSettings(_Section):
    """Receivers, and the key that opens the bands' frames."""

    radios: Annotated[
        tuple[str, ...], Field(description="receivers, such as `bleak:hci0`, `virtual:127.0.0.1:7801`, `replay:file.jsonl`")
    ] = ()
    master_key: Annotated[
        SecretStr | None, Field(description="32 hexadecimal digits or more; the keys of all bands come from it")
    ] = None
    silent_after_s: Annotated[float, Field(gt=0, le=60, description="a band unheard for this long is shown as silent")] = 4.0
    site: Annotated[
        BandSite,
        Field(description="where bands that stream motion are worn: `wrist` or `ankle` (counts landings, and is less sure)"),
    ] = BandSite.WRIST


class StationSettings(_Section):
    """One square on the floor, in pixels of the picture."""

    number: Annotated[int, Field(ge=1, le=99, description="the number painted on the floor")]
    x: Annotated[int, Field(ge=0, description="left edge, px")]
    y: Annotated[int, Field(ge=0, description="top edge, px")]
    width: Annotated[int, Field(ge=40, description="width, px")]
    height: Annotated[int, Field(ge=40, description="height, px")]


class CameraSettings(_Section):
    """One camera and the squares it looks at."""

    name: Annotated[str, Field(min_length=1, max_length=40, description="what the pages call it")]
    source: Annotated[
        str, Field(description="`v4l2:0`, `v4l2:/dev/v4l/by-id/…`, `rtsp://…`, `http://…`, `file:clip.mp4` (`?loop=1`: endless)")
    ]
    width: Annotated[int | None, Field(ge=160, le=7680, description="asked of the camera, px, before it is turned")] = None
    height: Annotated[int | None, Field(ge=120, le=4320, description="asked of the camera, px, before it is turned")] = None
    fps: Annotated[float | None, Field(ge=5, le=240, description="asked of the camera, pictures a second")] = None
    exposure: Annotated[
        Literal["auto"] | Annotated[float, Field(gt=0, le=1000)] | None,
        Field(description="asked of a V4L2 camera: `auto`, or milliseconds; short ones keep fast feet sharp"),
    ] = None
    fourcc: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Z0-9]{4}$",
            description="asked of a V4L2 camera: its format, such as `MJPG`; many give 30 fps in HD only so",
        ),
    ] = None
    rotate: Annotated[
        Literal[0, 90, 180, 270], Field(description="degrees clockwise that the picture is turned by, for a camera mounted upright")
    ] = 0
    pose: Annotated[str, Field(description="pose engine and model")] = "onnxruntime:lite"
    pose_providers: Annotated[
        tuple[str, ...],
        Field(description="what onnxruntime computes on, the best first, such as `tensorrt`, `cuda`; the CPU is always the last"),
    ] = ()
    pose_hz: Annotated[float, Field(ge=1, le=30, description="key-frame poses a second and pupil")] = 4.0
    stations: Annotated[tuple[StationSettings, ...], Field(description="the squares")] = ()
    line: Annotated[
        tuple[int, int, int, int] | None,
        Field(description="the line for laps, `[x1, y1, x2, y2]` in pixels; a teacher may draw another one on the page"),
    ] = None
    line_end: Annotated[
        Literal["finish", "far"], Field(description="which end of a shuttle the line is at; `finish` for all other runs")
    ] = "finish"
    line_direction: Annotated[
        Literal["left_to_right", "right_to_left", "top_to_bottom", "bottom_to_top"] | None,
        Field(description="how runners pass the line in the picture; left out: both ways count"),
    ] = None


class EvidenceSettings(_Section):
    """What is kept so that a count can be looked at again: signals and poses, never a name; pictures only where allowed."""

    keep: Annotated[bool, Field(description="keep the signals of attempts for a replay on the results page")] = True
    life_days: Annotated[float, Field(gt=0, le=366, description="how long; what nobody has settled yet stays longer")] = 30.0
    doubt_life_days: Annotated[float, Field(gt=0, le=366, description="how long at the most what nobody has settled stays")] = 180.0
    max_bytes: Annotated[int, Field(ge=1 << 20, description="budget of the signals; beyond it the oldest settled ones go")] = (
        128 << 20
    )
    clips: Annotated[
        bool, Field(description="keep pictures of the heat, too; pupils are seen in them, the school has to allow it")
    ] = False
    clip_life_days: Annotated[float, Field(gt=0, le=90, description="how long pictures are kept, settled or not")] = 7.0
    clips_max_bytes: Annotated[int, Field(ge=1 << 20, description="budget of the pictures; beyond it the oldest go")] = 2 << 30


class UplinkSettings(_Section):
    """The way to the platform; without a broker everything is kept until there is one."""

    broker: Annotated[str | None, Field(description="`mqtt://host:1883` or `mqtts://host:8883`")] = None
    username: Annotated[str | None, Field(description="for the broker")] = None
    password: Annotated[SecretStr | None, Field(description="for the broker; better as TOUCHLINE_UPLINK__PASSWORD")] = None
    ca_file: Annotated[Path | None, Field(description="certificate authority of the broker")] = None
    cert_file: Annotated[Path | None, Field(description="certificate of this gateway")] = None
    key_file: Annotated[Path | None, Field(description="key of this gateway")] = None
    max_kbit_s: Annotated[
        int | None, Field(ge=16, le=1_000_000, description="bandwidth that is not passed, thousand bits a second; results go first")
    ] = None
    quiet_hours: Annotated[
        str | None,
        Field(pattern=QUIET_HOURS_PATTERN, description="local hours in which only results travel, such as `07:30-16:30`"),
    ] = None


class LessonSettings(_Section):
    """How lessons run."""

    per_heat: Annotated[int, Field(ge=1, le=45, description="most pupils in one heat")] = 12
    countdown_s: Annotated[int, Field(ge=0, le=30, description="from the tap to the signal")] = 5
    settle_s: Annotated[float, Field(ge=0, le=10, description="wait for late reports after the final signal")] = 1.5
    contest: Annotated[bool, Field(description="skips in which the camera saw no rope turn go to review")] = False


class GateRadioSettings(_Section):
    """A receiver beside the line."""

    radio: Annotated[str, Field(description="one of `bands.radios`")]
    at_m: Annotated[float, Field(ge=-30, le=30, description="where it stands along the track, metres after the line")] = 0.0


class RunSettings(_Section):
    """The track, and what hears bands at its line."""

    lap_m: Annotated[float, Field(ge=20, le=1_000, description="length of a lap, metres, from the line to the line")] = 200.0
    gate: Annotated[
        tuple[GateRadioSettings, ...],
        Field(max_length=3, description="receivers at the line; two or three some metres apart tell the time better than one"),
    ] = ()
    bibs: Annotated[
        bool, Field(description="pupils wear their number in the class on the chest; the camera reads it (needs `touchline[bibs]`)")
    ] = False


class LogSettings(_Section):
    """What goes to the log."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Field(description="least level that is written")] = "info"


class Settings(BaseSettings):
    """Everything a gateway is told; see docs/settings.md."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="TOUCHLINE_", env_nested_delimiter="__")

    gateway: GatewaySettings = GatewaySettings()
    web: WebSettings = WebSettings()
    store: StoreSettings = StoreSettings()
    bands: BandSettings = BandSettings()
    cameras: tuple[CameraSettings, ...] = ()
    evidence: EvidenceSettings = EvidenceSettings()
    uplink: UplinkSettings = UplinkSettings()
    lesson: LessonSettings = LessonSettings()
    run: RunSettings = RunSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is the library's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is the library's
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file, which comes in as the constructor's arguments."""
        return (env_settings, init_settings)


class SettingsError(ValueError):
    """The settings cannot be used; `faults` has one line for each, all of them."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def load_settings(file: Path | None) -> Settings:
    """Read and check all settings.

    Args:
        file: a TOML file, or `None` for the defaults and the environment alone.

    Raises:
        SettingsError: with every fault at once, each naming its setting and what is expected.
    """
    told: dict[str, Any] = {}
    if file is not None:
        try:
            told = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as exc:
            raise SettingsError([f"{file}: cannot be read ({exc.strerror}); give the path of a settings file"]) from exc
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
            raise SettingsError([f"{file}: not TOML: {exc}"]) from exc
    try:
        return Settings(**told)
    except ValidationError as exc:
        raise SettingsError([_fault(error) for error in exc.errors()]) from exc


def _fault(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "settings"
    if error["type"] == "extra_forbidden":
        return f"{where}: no such setting; see docs/settings.md"
    return f"{where}: {error['msg'][0].lower()}{error['msg'][1:]} (it is {error['input']!r})"
