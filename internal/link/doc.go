// Package link connects the gateway to external MQTT brokers, as a bridge does: filters in, filters out, each with prefixes.
//
// It is the only importer of paho, whose [Client] here has the defaults that paho lacks: bounded waits, reconnects within 30
// seconds, and acknowledgements only once a message is in good hands. Each connection is a new paho client: everything it
// needs is set before it connects, so that what a resumed session delivers first is not lost.
package link
