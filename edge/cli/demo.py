"""`touchline demo`: a whole field on one machine, with simulated hardware, in one terminal."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console

from edge.cli.process import run_until_stopped

if TYPE_CHECKING:
    from collections.abc import Mapping

READY_WITHIN_S: Final = 60.0
STOP_WITHIN_S: Final = 12.0
PAUSE_S: Final = 10.0
"""Between two heats, so that results can be read."""
MASTER_KEY: Final = "746f7563686c696e652064656d6f206b"
"""The key of the virtual bands: known to everyone, so no secret."""
NAMES: Final = ("柳小禾", "石溪", "江一帆", "林小叶", "白小鹿", "田小满", "云舒", "叶知秋", "山小川", "风小铃", "雨晴", "星野")
"""Invented."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts of the demo listen; all on this machine."""

    web: int
    platform: int
    broker: int
    radio: int
    camera: int


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    data: Annotated[Path, typer.Option(help="folder for what the demo keeps")] = Path("var/demo"),
    web_port: Annotated[int, typer.Option(help="port of the pages")] = 8480,
    platform_port: Annotated[int, typer.Option(help="port of the platform's page")] = 8490,
    broker_port: Annotated[int, typer.Option(help="port of the MQTT broker")] = 18830,
    radio_port: Annotated[int, typer.Option(help="port of the simulated radio")] = 7801,
    camera_port: Annotated[int, typer.Option(help="port of the simulated camera")] = 7802,
    pupils: Annotated[int, typer.Option(help="pupils with bands", min=1, max=45)] = 12,
    activity: Annotated[str, typer.Option(help="what they do, again and again")] = "rope-60",
    loop: Annotated[bool, typer.Option(help="start heats by itself, or leave that to the tablet page")] = True,
) -> None:
    """Run broker, platform, gateway and a simulated field; open the printed address. Ctrl-C stops all of it."""
    ports = Ports(web_port, platform_port, broker_port, radio_port, camera_port)
    played = Demo(data.resolve(), ports, pupils=pupils, activity=activity, loop=loop)
    run_until_stopped(played.run, "warning")


class Demo:
    """The parts as processes of their own, as they would run in a school, and a teacher who starts heats."""

    def __init__(self, data: Path, ports: Ports, *, pupils: int, activity: str, loop: bool) -> None:
        self._data, self._ports, self._pupils, self._activity, self._loop = data, ports, pupils, activity, loop
        self._console = Console(highlight=False)
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set, or a part has ended on its own."""
        self._check_ports()
        self._data.mkdir(parents=True, exist_ok=True)
        try:
            with self._console.status("starting") as status:
                for name, words in self._commands().items():
                    status.update(f"starting {name}")
                    await self._start(name, words)
                    await self._until_ready(name, stop)
            self._greet()
            teacher = asyncio.create_task(self._teach(), name="demo.teacher")
            await self._until_over(stop)
            teacher.cancel()
        finally:
            await self._stop_all()
        self._console.print("stopped; nothing is running any more")

    def _check_ports(self) -> None:
        from cloud_sync.serving import check_port

        for option, port in (
            ("--web-port", self._ports.web), ("--platform-port", self._ports.platform), ("--broker-port", self._ports.broker),
            ("--radio-port", self._ports.radio), ("--camera-port", self._ports.camera),
        ):  # fmt: skip
            check_port("127.0.0.1", port, "the demo", f"Is another demo running? Stop it, or choose another port with {option}.")

    def _commands(self) -> dict[str, list[str]]:
        ports = self._ports
        config = self._write_config()
        return {
            "broker": ["broker", "--port", str(ports.broker)],
            "platform": [
                "platform", "--port", str(ports.platform), "--mqtt", f"mqtt://127.0.0.1:{ports.broker}",
                "--data", str(self._data / "platform"),
            ],
            "field": [
                "simulate", "field", "--gateway", f"http://127.0.0.1:{ports.web}", "--pupils", str(self._pupils),
                "--radio-port", str(ports.radio), "--camera-port", str(ports.camera), "--master-key", MASTER_KEY,
            ],
            "gateway": ["run", "--config", str(config)],
        }  # fmt: skip

    def _write_config(self) -> Path:
        from simulators.camera import Scene

        squares = "\n".join(
            f"[[cameras.stations]]\nnumber = {number}\nx = {x}\ny = {y}\nwidth = {width}\nheight = {height}"
            for number, (x, y, width, height) in enumerate(Scene(4).squares, 1)
        )
        ports, config = self._ports, self._data / "touchline.toml"
        config.write_text(
            f'[gateway]\nid = "demo-field"\ntenant = "demo-school"\ntitle = "东操场 East field"\n'
            f'data_dir = "{self._data / "gateway"}"\n\n[web]\nport = {ports.web}\n\n'
            f'[bands]\nradios = ["virtual:127.0.0.1:{ports.radio}"]\nmaster_key = "{MASTER_KEY}"\n\n'
            f'[uplink]\nbroker = "mqtt://127.0.0.1:{ports.broker}"\n\n'
            f'[[cameras]]\nname = "north"\nsource = "http://127.0.0.1:{ports.camera}/stream.mjpg"\n{squares}\n',
            encoding="utf-8",
        )
        return config

    # --- processes ------------------------------------------------------------------------------------------------------

    async def _start(self, name: str, words: list[str]) -> None:
        log = (self._data / f"{name}.log").open("ab")
        self._running[name] = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from edge.cli import main; main()", *words,
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, env=os.environ | {"PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )  # fmt: skip
        log.close()

    async def _until_ready(self, name: str, stop: asyncio.Event) -> None:
        from cloud_sync.errors import PermanentError

        port = {"broker": self._ports.broker, "platform": self._ports.platform, "field": self._ports.radio}.get(
            name, self._ports.web
        )
        loop = asyncio.get_running_loop()
        until = loop.time() + READY_WITHIN_S
        while not stop.is_set():
            if self._running[name].returncode is not None:
                raise PermanentError(f"the {name} did not start:\n{self._last_words(name)}")
            if name == "field" or await _answers(port):
                return
            if loop.time() > until:
                raise PermanentError(f"the {name} is not up after {READY_WITHIN_S:.0f} s:\n{self._last_words(name)}")
            await asyncio.sleep(0.1)

    async def _until_over(self, stop: asyncio.Event) -> None:
        from cloud_sync.errors import PermanentError

        while not stop.is_set():
            for name, process in self._running.items():
                if process.returncode is not None:
                    raise PermanentError(f"the {name} has ended on its own:\n{self._last_words(name)}")
            await asyncio.sleep(0.2)

    async def _stop_all(self) -> None:
        for process in reversed(self._running.values()):
            if process.returncode is None:
                process.terminate()
        for process in self._running.values():
            try:
                async with asyncio.timeout(STOP_WITHIN_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()

    def _last_words(self, name: str) -> str:
        file = self._data / f"{name}.log"
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()[-6:] if file.exists() else []
        return "\n".join([*(f"    {line}" for line in lines), f"  (all of it: {file})"])

    def _greet(self) -> None:
        web, platform = self._ports.web, self._ports.platform
        self._console.print(f"\n  tablet      [bold]http://127.0.0.1:{web}/[/bold]")
        self._console.print(f"  big screen  [bold]http://127.0.0.1:{web}/board[/bold]")
        self._console.print(f"  platform    [bold]http://127.0.0.1:{platform}/[/bold]")
        self._console.print(f"\n  logs and data: {self._data}\n  Ctrl-C stops everything\n")

    # --- the teacher ----------------------------------------------------------------------------------------------------

    async def _teach(self) -> None:
        """Bring the class in, then start heats again and again; a teacher at the tablet may do so at any time."""
        while True:
            try:
                await self._teach_once()
            except (OSError, ValueError) as exc:
                self._console.print(f"  the gateway does not answer ({exc}); trying again", style="yellow")
            await asyncio.sleep(1.0)

    async def _teach_once(self) -> None:
        state = await self._call("GET", "/api/state")
        if not state["rosters"]:
            state = await self._call("POST", "/api/rosters", roster_csv(self._pupils))
        if not self._loop:
            return
        lesson = state["lesson"]
        if lesson is None:
            state = await self._call("POST", "/api/lessons", {"roster": state["rosters"][0]["id"], "activity": self._activity})
            lesson = state["lesson"]
        heat = lesson["heat"]["state"]
        if heat == "ended":
            await asyncio.sleep(PAUSE_S)
            after = (await self._call("GET", "/api/state"))["lesson"]
            if after is not None and after["heat"]["state"] == "ended":
                more = any(one["state"] == "ready" for one in after["heats"])
                await self._call("POST", "/api/heats/next" if more else "/api/heats/repeat", {})
        elif heat == "ready":
            await asyncio.sleep(2.0)
            await self._call("POST", "/api/heats/start", {})
            self._console.print(f"  heat {lesson['heat']['number']} starts: {len(lesson['heat']['tiles'])} pupils")

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None) -> dict[str, Any]:
        return await asyncio.to_thread(_call, method, f"http://127.0.0.1:{self._ports.web}{path}", body)


def roster_csv(pupils: int) -> bytes:
    """The demo's class, as a school would write it."""
    lines = ["班级,学号,姓名,性别,年级,手环,站位"]
    for number in range(1, pupils + 1):
        name = NAMES[number - 1] if number <= len(NAMES) else f"同学{number}"
        station = str(number) if number <= 12 else ""
        lines.append(f"四(3)班,{number},{name},{'男女'[number % 2]},4,{number},{station}")
    return "\n".join(lines).encode()


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def _call(method: str, url: str, body: Mapping[str, Any] | bytes | None) -> dict[str, Any]:
    if isinstance(body, bytes):
        edge = "touchline-roster"
        head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="class.csv"\r\nContent-Type: text/csv\r\n\r\n'
        data: bytes | None = head.encode() + body + f"\r\n--{edge}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    else:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=data, headers=headers, method=method)  # noqa: S310 - an address of our own
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - an address of our own
            state: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as exc:
        raise ValueError(exc.read().decode(errors="replace")) from exc
    return state
