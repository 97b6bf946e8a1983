"""paho's client, made safe against a broker that does not keep to the protocol.

paho 2 reads a packet of any length into memory, keeps messages of QoS 2 until they are released, and lets an error in a packet end
its thread without a word, so that the connection seems up for ever. Here each of these closes the connection and says why; and a
flood of messages is read no faster than they are handled.
"""

from __future__ import annotations

import threading
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode

from cloud_sync.contract.codec import MOST_WIRE_BYTES

MOST_PACKET_BYTES: Final = MOST_WIRE_BYTES + 1_024
"""The largest message of the contract, its topic and head."""
MOST_IN_HAND: Final = 1_000
"""Messages read and not yet handled."""
PUBLISH: Final = 0x30
QOS_2: Final = 0x04


class GuardedClient(paho.Client):
    """A client that does not trust the broker.

    Attributes:
        fault: what the broker did that it must not, or empty.
        closing: set before the connection is ended by us.
        room: how many more messages may be read before some are handled; the reader waits, and so in the end does the broker.
    """

    fault = ""
    closing = False

    def __init__(self, *values: Any, **named: Any) -> None:
        self.room = threading.Semaphore(MOST_IN_HAND)
        super().__init__(*values, **named)

    def wait_for_room(self) -> bool:
        """Wait, on paho's thread, until what was read has been handled; `False` when the link lets go of it."""
        while not self.room.acquire(timeout=0.2):
            if self.closing:
                return False
        return True

    def _sock_recv(self, bufsize: int) -> bytes:
        if bufsize > MOST_PACKET_BYTES:
            self.fault = f"the broker sends a packet of {bufsize} bytes, {MOST_PACKET_BYTES} are allowed"
            raise ConnectionError(self.fault)
        return super()._sock_recv(bufsize)

    def _packet_handle(self) -> MQTTErrorCode:
        command = self._in_packet["command"]
        if command & 0xF0 == PUBLISH and command & QOS_2:
            self.fault = "the broker sends messages of QoS 2, asked for was 1"
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        try:
            answer = super()._packet_handle()
        except Exception as exc:  # noqa: BLE001 - whatever a malformed packet makes of paho's decoder
            self.fault = f"the broker sends a malformed packet ({type(exc).__name__})"
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        if answer == MQTTErrorCode.MQTT_ERR_PROTOCOL:
            self.fault = f"the broker sends a packet that does not belong here (0x{command:02x})"
        return answer
