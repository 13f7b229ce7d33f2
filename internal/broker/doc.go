// Package broker is the embedded MQTT broker, an adapter of the bus like any other.
//
// mochi-mqtt does what is between a socket and a session: packets, CONNECT, SUBSCRIBE, keepalive, takeover. The messages
// themselves are ours in both directions. What a client publishes enters the bus before mochi would act on it, and whatever
// the bus fans out, from MQTT or from elsewhere, reaches subscribers from the bus's receiver, in the order in which the bus
// numbered it. So the retained message of a topic and its last value cannot disagree, and an acknowledgement means what the
// bus says it means.
//
// Outbound, each client has a session with a bounded queue in order, and a connection whose writes never block: mochi would
// write to a slow client's socket under the client's lock, and the next publisher would wait for it.
//
// Sessions live in memory. To keep them over a restart, session.go's queue and in-flight list, and the subscriptions, are what
// has to be stored and loaded again in New.
package broker
