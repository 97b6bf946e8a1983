"""One connection to the broker, kept up for ever: paho on its own thread, asyncio on this side.

Back-off has full jitter, so that ten thousand gateways do not come back in step. paho keeps nothing for us: what was not
acknowledged when a connection goes is simply not sent, and the outbox sends it again. `TCP_NODELAY` is set: without it a round
trip takes 40 to 80 ms instead of 0.4 (measured, docs/decisions/0005).

A broker may be anything: packets that are none, too large or never asked for end the connection with an error that says so, cost
bounded memory, and are counted; then the link comes again.
"""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from cloud_sync.back_off import BackOff
from cloud_sync.errors import LinkLost, PermanentError
from cloud_sync.guarded_client import GuardedClient

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

log = logging.getLogger(__name__)

KEEPALIVE_S: Final = 20
CONNECT_WITHIN_S: Final = 10.0
LONGEST_WAIT_S: Final = 30.0
HEALTHY_AFTER_S: Final = 60.0
ACKNOWLEDGED_WITHIN_S: Final = 120.0
"""On a road of 20 kbit/s the largest message takes as long."""
REFUSED_WAIT_S: Final = 60.0
"""A broker that refuses the credentials is not asked again at once."""
BRIEF_S: Final = 5.0
BRIEF_TIMES: Final = 3
"""A connection that ends within so long, so many times in a row, was not lost: somebody ends it."""
BRIEF_WAIT_S: Final = 60.0
PUBLISHES_OUT: Final = 1_000
"""Messages without the broker's acknowledgement that paho lets out; its own 20 would be a second window beside ours."""
END_WITHIN_S: Final = 0.5
"""A connection that does not even take a farewell in this time is cut."""
NOT_GRANTED: Final = 0x80
"""Return codes of a subscription from here on are refusals (MQTT 3.1.1, 3.9.3)."""


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


@dataclass(slots=True)
class LinkCounts:
    """Counters; they only grow.

    Attributes:
        lost: connections that have ended.
        brief: of these, those that ended right after they had begun.
        malformed: packets of the broker that were none, or too large.
        silent: connections ended because nothing was acknowledged on them any more.
    """

    lost: int = 0
    brief: int = 0
    malformed: int = 0
    silent: int = 0


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
        self._client: GuardedClient | None = None
        self._published: dict[int, asyncio.Future[None]] = {}
        self._moved_s = 0.0
        self._subscribed: dict[int, asyncio.Future[None]] = {}
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._draw = random.Random()  # noqa: S311 - jitter is no secret
        self._back_off = BackOff(self._draw.uniform)
        self._brief_in_a_row = 0
        self._fault = ""
        self.counts = LinkCounts()
        self.state = LinkState.IDLE
        self.connects = 0
        self._since_s = 0.0
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

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Send; with QoS 1 it returns when the broker has acknowledged, with QoS 0 at once.

        Raises:
            LinkLost: there is no connection, or it went before the acknowledgement.
        """
        await self.hand_over(topic, payload, qos=qos, retain=retain)

    def hand_over(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> asyncio.Future[None]:
        """Begin to send; what is returned is done when the broker has acknowledged, or fails with `LinkLost`.

        Raises:
            LinkLost: there is no connection.
        """
        client = self._client
        if client is None or not self._up.is_set():
            raise LinkLost("no connection to the broker")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # The acknowledgement is handed to the loop by call_soon, so it cannot overtake the entry made here.
        info = client.publish(topic, payload, qos=qos, retain=retain)
        if info.rc != paho.MQTT_ERR_SUCCESS:
            raise LinkLost(paho.error_string(info.rc))
        if qos == 0:
            done.set_result(None)
        else:
            if not self._published:
                self._moved_s = asyncio.get_running_loop().time()
            self._published[info.mid] = done
        return done

    def set_will(self, will: tuple[str, bytes]) -> None:
        """Another last will, from the next connection on."""
        self._will = will

    def come_again(self, will: tuple[str, bytes]) -> None:
        """End this connection and come again with another last will."""
        self._will = will
        self._fault = "the last will has changed"
        self._down.set()

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            connects, started = self.connects, loop.time()
            wait_s, error = 0.0, ""
            try:
                await self._connect_once()
            except PermanentError as exc:
                wait_s = self._draw.uniform(REFUSED_WAIT_S / 2, REFUSED_WAIT_S)
                error = str(exc)
            except (OSError, LinkLost) as exc:
                error = str(exc)
            finally:
                await self._drop()
            if loop.time() - started > HEALTHY_AFTER_S:
                self._back_off.healthy()
            if connects != self.connects:
                self._count_end(loop.time() - self._since_s)
                if self._flapping:
                    wait_s = self._draw.uniform(BRIEF_WAIT_S / 2, BRIEF_WAIT_S)
                    error = self._flapping_in_words()
            self._note(error)
            wait_s = wait_s or self._back_off.next_s()
            self.state = LinkState.WAITING
            await asyncio.sleep(wait_s)

    def _count_end(self, lasted_s: float) -> None:
        self.counts.lost += 1
        if lasted_s > BRIEF_S:
            self._brief_in_a_row = 0
        else:
            self.counts.brief += 1
            self._brief_in_a_row += 1

    @property
    def _flapping(self) -> bool:
        """Connections end as soon as they begin, and nothing says why."""
        return self._brief_in_a_row >= BRIEF_TIMES and not self._fault

    def _flapping_in_words(self) -> str:
        return (
            f"the broker ends each connection at once: another program may use the name '{self._client_id}' "
            "(give each gateway its own gateway.id), or the broker does not allow what is sent"
        )

    # --- one connection -------------------------------------------------------------------------------------------------

    async def _connect_once(self) -> None:
        loop = asyncio.get_running_loop()
        self.state = LinkState.CONNECTING
        self._down.clear()
        self._fault = ""
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
        self._since_s = loop.time()
        if self._brief_in_a_row < BRIEF_TIMES:
            self.last_error = ""
        log.info("link=%s state=connected broker=%s:%d", self._client_id, self._broker.host, self._broker.port)
        self._up.set()
        await self._until_down()
        raise LinkLost(self._fault or "the connection to the broker is gone")

    async def _until_down(self) -> None:
        """Wait for the end of the connection; one on which nothing is acknowledged any more is ended by us.

        Such a connection looks alive, since pings are answered; but paho has twenty messages out at the most, and keeps the others.
        """
        loop = asyncio.get_running_loop()
        while not self._down.is_set():
            if self._published and loop.time() - self._moved_s > ACKNOWLEDGED_WITHIN_S:
                self.counts.silent += 1
                self._fault = f"the broker has acknowledged nothing for {ACKNOWLEDGED_WITHIN_S:.0f} s"
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(min(1.0, ACKNOWLEDGED_WITHIN_S / 4)):
                    await self._down.wait()

    async def _subscribe(self, client: GuardedClient) -> None:
        if not self._handlers:
            return
        result, mid = client.subscribe([(topic_filter, 1) for topic_filter in self._handlers])
        if result != paho.MQTT_ERR_SUCCESS or mid is None:
            raise LinkLost("the subscription could not be sent")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._subscribed[mid] = done
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                await done
        except TimeoutError as exc:
            raise LinkLost("the broker does not answer the subscription") from exc

    def _make_client(self, loop: asyncio.AbstractEventLoop, answer: asyncio.Future[int]) -> GuardedClient:
        client = GuardedClient(
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

        client.max_inflight_messages_set(PUBLISHES_OUT)

        def later(call: Callable[..., None], *values: Any) -> None:
            with suppress(RuntimeError):  # the loop has just been closed
                loop.call_soon_threadsafe(call, client, *values)

        def on_message(_client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
            if client.wait_for_room():
                later(self._on_message, message)

        client.on_connect = lambda _c, _d, _f, reason, _p: later(_answered, answer, reason.value)
        client.on_disconnect = lambda *_: later(self._on_gone, answer)
        client.on_publish = lambda _c, _d, mid, _r, _p: later(self._on_done, mid)
        client.on_subscribe = lambda _c, _d, mid, codes, _p: later(self._on_subscribed, mid, [code.value for code in codes])
        client.on_message = on_message
        return client

    def _on_gone(self, client: GuardedClient, answer: asyncio.Future[int]) -> None:
        if client is self._client:
            if client.fault:
                self.counts.malformed += 1
                self._fault = client.fault
            self._up.clear()
            self._down.set()
            if not answer.done():
                answer.set_exception(LinkLost(self._fault or "the broker closed the connection"))

    def _on_subscribed(self, client: GuardedClient, mid: int, codes: list[int]) -> None:
        done = self._subscribed.pop(mid, None)
        if client is not self._client or done is None or done.done():
            return
        if any(code >= NOT_GRANTED for code in codes):
            done.set_exception(PermanentError("the broker does not let this gateway hear its own topics: check its access rules"))
        else:
            done.set_result(None)

    def _on_done(self, client: GuardedClient, mid: int) -> None:
        done = self._published.pop(mid, None)
        if done is not None:
            self._moved_s = asyncio.get_running_loop().time()
        if client is self._client and done is not None and not done.done():
            done.set_result(None)

    def _on_message(self, client: GuardedClient, message: paho.MQTTMessage) -> None:
        client.room.release()
        for topic_filter, handler in self._handlers.items():
            if paho.topic_matches_sub(topic_filter, message.topic):
                handler(Message(message.topic, bytes(message.payload), lambda: _acknowledge(client, message)))

    async def _drop(self) -> None:
        client, self._client = self._client, None
        self._up.clear()
        self.state = LinkState.IDLE
        for done in (*self._published.values(), *self._subscribed.values()):
            if not done.done():
                done.set_exception(LinkLost("the connection went before the broker acknowledged"))
                done.exception()  # seen: nobody may be waiting any more
        self._published.clear()
        self._subscribed.clear()
        if client is not None:
            await asyncio.to_thread(_end, client, farewell=self._will is None)

    def _note(self, error: str) -> None:
        if error != self.last_error:
            log.warning("link=%s state=lost error=%r", self._client_id, error)
        self.last_error = error


def _end(client: GuardedClient, *, farewell: bool) -> None:
    """End a connection and its thread; without a farewell the broker publishes the last will, and everybody knows it."""
    client.closing = True
    sock: Any = client.socket()

    def cut() -> None:
        with suppress(OSError, AttributeError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(END_WITHIN_S, cut)
    timer.daemon = True
    if farewell:
        client.disconnect()
        timer.start()
    else:
        cut()
    client.loop_stop()
    timer.cancel()


def _no_delay(sock: Any) -> None:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _answered(_client: paho.Client, answer: asyncio.Future[int], reason: int) -> None:
    if not answer.done():
        answer.set_result(reason)


def _acknowledge(client: paho.Client, message: paho.MQTTMessage) -> None:
    client.ack(message.mid, message.qos)
