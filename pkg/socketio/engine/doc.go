// Package engine is the server's side of Engine.IO revision 4: sessions over
// HTTP long-polling and websocket, and the upgrade from one to the other.
//
// What is sent is a [Frame], made once and queued by reference to any number
// of connections. A few goroutines, the shards, write whole queues with one
// system call per connection.
package engine
