// The simulated network: nodes on a bus in virtual time, links that carry or lose their packets, topologies, and the only loop.
export type { Link, LinkKind, LinkPacket, LinkSpec, Verdict } from './link.js'
export { linkTable, parseLink } from './link-table.js'
export type { Event, Id, Node, Note, Packet, Step, Work } from './node.js'
export type { Outage } from './outages.js'
export type { Adversary } from './post.js'
export type { Sighting, Tap, TapError } from './taps.js'
export { type Neighbours, parseTopology, type TopologySpec, topologyTable } from './topology.js'
export { createWorld, type Recorder, type World, type WorldOptions } from './world.js'
