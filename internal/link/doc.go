// Package link connects the gateway to external MQTT brokers, as a bridge does: filters in, filters out, each with prefixes.
//
// It is the only importer of paho, whose [Client] here has the defaults that paho lacks: bounded waits, reconnects within 30
// seconds, and acknowledgements only once a message is in good hands. Each connection is a new paho client: everything it
// needs is set before it connects, so that what a resumed session delivers first is not lost.
//
// Outwards, what is to have QoS 1 or 2 waits in a [Queue] on disk from before its publisher is answered until the remote broker
// has acknowledged it, and is sent again, in order, after a lost connection or a crash: at least once, QoS 2 included. Inwards,
// the remote broker is answered once the bus and every disk behind it have the message.
//
// MQTT 3.1.1 says little, and three things are guessed: whether a message is our own that comes back (echoes), whether messages
// go round between gateways (rings), and whether a broker closes the connection because it does not like a message (doubt).
package link
