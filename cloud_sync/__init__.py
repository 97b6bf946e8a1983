"""Everything that passes between a gateway and the platform: the contract, uplink and downlink, the reference platform."""
