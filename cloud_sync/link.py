"""One connection to the broker, kept up for ever: paho on its own thread, asyncio on this side.

Back-off has full jitter, so that ten thousand gateways do not come back in step. paho keeps nothing for us: what was not
acknowledged when a connection goes is simply not sent, and the outbox sends it again. `TCP_NODELAY` is set: without it a round
trip takes 40 to 80 ms instead of 0.4 (measured, docs/decisions/0005).
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from cloud_sync.errors import LinkLost, PermanentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

KEEPALIVE_S: Final = 20
CONNECT_WITHIN_S: Final = 10.0
LONGEST_WAIT_S: Final = 30.0
HEALTHY_AFTER_S: Final = 60.0
REFUSED_WAIT_S: Final = 60.0
"""A broker that refuses the credentials is not asked again at once."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is, and how to get in."""

    host: str
    port: int
    tls: bool = False
    username: str | None = None
    password: str | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What came in; `acknowledge` tells the broker that it is dealt with (only where the link acknowledges by hand)."""

    topic: str
    payload: bytes
    acknowledge: Callable[[], None]


class LinkState(Enum):
    """Where a connection stands."""

    IDLE = "idle"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"


def parse_broker(url: str, **credentials: Any) -> Broker:
    """A broker from `mqtt://host:port` or `mqtts://host:port`.

    Raises:
        PermanentError: not such an address.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or port == 0:
        raise PermanentError(f"'{url}' is not a broker's address: write mqtt://host:1883 or mqtts://host:8883")
    tls = parts.scheme == "mqtts"
    return Broker(parts.hostname, port or (8883 if tls else 1883), tls, **credentials)


class Link:
    """A connection that comes back by itself.

    Args:
        client_id: stable, so that the broker can keep what arrives while we are away.
        will: topic and payload that the broker publishes, retained, when we vanish.
        manual_ack: incoming messages are acknowledged by `Message.acknowledge`, after the commit they cause.
    """

    def __init__(self, broker: Broker, client_id: str, *, will: tuple[str, bytes] | None = None, manual_ack: bool = False) -> None:
        self._broker, self._client_id, self._will, self._manual_ack = broker, client_id, will, manual_ack
        self._handlers: dict[str, Callable[[Message], None]] = {}
        self._client: paho.Client | None = None
        self._published: dict[int, asyncio.Future[None]] = {}
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._draw = random.Random()  # noqa: S311 - jitter is no secret
        self.state = LinkState.IDLE
        self.connects = 0
        self.last_error = ""

    def on(self, topic_filter: str, handler: Callable[[Message], None]) -> None:
        """Subscribe, now and after each reconnect; the handler is called in the event loop. Before `run`."""
        self._handlers[topic_filter] = handler

    async def connected(self) -> None:
        """Return when the connection is up and subscribed."""
        await self._up.wait()

    @property
    def is_up(self) -> bool:
        """Whether it is up now."""
        return self._up.is_set()

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send with QoS 1; returns when the broker has acknowledged.

        Raises:
            LinkLost: there is no connection, or it went before the acknowledgement.
        """
        client = self._client
        if client is None or not self._up.is_set():
            raise LinkLost("no connection to the broker")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # The acknowledgement is handed to the loop by call_soon, so it cannot overtake the entry made here.
        info = client.publish(topic, payload, qos=1, retain=retain)
        if info.rc != paho.MQTT_ERR_SUCCESS:
            raise LinkLost(paho.error_string(info.rc))
        self._published[info.mid] = done
        await done

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        attempt = 0
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            wait_s = 0.0
            try:
                await self._connect_once()
            except PermanentError as exc:
                wait_s = self._draw.uniform(REFUSED_WAIT_S / 2, REFUSED_WAIT_S)
                self._note(str(exc))
            except (OSError, LinkLost) as exc:
                self._note(str(exc))
            finally:
                self._drop()
            attempt = 0 if loop.time() - started > HEALTHY_AFTER_S else attempt + 1
            wait_s = wait_s or self._draw.uniform(0, min(LONGEST_WAIT_S, 0.25 * 2 ** min(attempt, 10)))
            self.state = LinkState.WAITING
            await asyncio.sleep(wait_s)

    # --- one connection -------------------------------------------------------------------------------------------------

    async def _connect_once(self) -> None:
        loop = asyncio.get_running_loop()
        self.state = LinkState.CONNECTING
        self._down.clear()
        answer: asyncio.Future[int] = loop.create_future()
        client = self._client = self._make_client(loop, answer)
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await asyncio.to_thread(client.connect, self._broker.host, self._broker.port, KEEPALIVE_S)
                client.loop_start()
                refused = await answer
        except TimeoutError as exc:
            raise LinkLost("the broker does not answer") from exc
        if refused:
            raise PermanentError(f"the broker refuses this gateway ({paho.connack_string(refused)}): check username and password")
        await self._subscribe(client)
        self.connects += 1
        self.state = LinkState.CONNECTED
        self.last_error = ""
        log.info("link=%s state=connected broker=%s:%d", self._client_id, self._broker.host, self._broker.port)
        self._up.set()
        await self._down.wait()
        raise LinkLost("the connection to the broker is gone")

    async def _subscribe(self, client: paho.Client) -> None:
        if not self._handlers:
            return
        result, mid = client.subscribe([(topic_filter, 1) for topic_filter in self._handlers])
        if result != paho.MQTT_ERR_SUCCESS or mid is None:
            raise LinkLost("the subscription could not be sent")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._published[mid] = done
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await done
        except TimeoutError as exc:
            raise LinkLost("the broker does not answer the subscription") from exc

    def _make_client(self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[int]) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            clean_session=False,
            protocol=paho.MQTTv311,
            reconnect_on_failure=False,
            manual_ack=self._manual_ack,
        )
        broker = self._broker
        if broker.username is not None:
            client.username_pw_set(broker.username, broker.password)
        if broker.tls:
            ca, cert, key = (str(file) if file else None for file in (broker.ca_file, broker.cert_file, broker.key_file))
            client.tls_set(ca, cert, key)
        if self._will is not None:
            client.will_set(self._will[0], self._will[1], qos=1, retain=True)
        client.on_socket_open = lambda _client, _data, sock: _no_delay(sock)

        def later(call: Callable[..., None], *values: Any) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(call, client, *values)

        client.on_connect = lambda _c, _d, _f, reason, _p: later(_answered, answer, reason.value)
        client.on_disconnect = lambda *_: later(self._on_gone, answer)
        client.on_publish = lambda _c, _d, mid, _r, _p: later(self._on_done, mid)
        client.on_subscribe = lambda _c, _d, mid, _r, _p: later(self._on_done, mid)
        client.on_message = lambda _c, _d, message: later(self._on_message, message)
        return client

    def _on_gone(self, client: paho.Client, answer: asyncio.Future[int]) -> None:
        if client is self._client:
            self._up.clear()
            self._down.set()
            if not answer.done():
                answer.set_exception(LinkLost("the broker closed the connection"))

    def _on_done(self, client: paho.Client, mid: int) -> None:
        done = self._published.pop(mid, None)
        if client is self._client and done is not None and not done.done():
            done.set_result(None)

    def _on_message(self, client: paho.Client, message: paho.MQTTMessage) -> None:
        for topic_filter, handler in self._handlers.items():
            if paho.topic_matches_sub(topic_filter, message.topic):
                handler(Message(message.topic, bytes(message.payload), lambda: _acknowledge(client, message)))

    def _drop(self) -> None:
        client, self._client = self._client, None
        self._up.clear()
        self.state = LinkState.IDLE
        for done in self._published.values():
            if not done.done():
                done.set_exception(LinkLost("the connection went before the broker acknowledged"))
                done.exception()  # seen: nobody may be waiting any more
        self._published.clear()
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _note(self, error: str) -> None:
        if error != self.last_error:
            log.warning("link=%s state=lost error=%r", self._client_id, error)
        self.last_error = error


def _no_delay(sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _answered(_client: paho.Client, answer: asyncio.Future[int], reason: int) -> None:
    if not answer.done():
        answer.set_result(reason)


def _acknowledge(client: paho.Client, message: paho.MQTTMessage) -> None:
    client.ack(message.mid, message.qos)
