package socketio

// Stats is a snapshot of a server's counters.
type Stats struct {
	Connections int // open now
	Sockets     int // connected to a namespace now
	Namespaces  int // live now, static ones included

	PacketsIn, PacketsOut uint64 // Engine.IO messages since the start
	BytesIn, BytesOut     uint64 // of those messages; out includes framing
	QueuedBytes           int64  // waiting to be written now

	Disconnects map[Reason]uint64 // connections ended since the start
	Drops       map[string]uint64 // packets not delivered since the start: "volatile", "conflated", "slow_consumer", "no_socket"
}
