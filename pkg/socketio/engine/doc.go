// Package engine is the server's side of Engine.IO revisions 4 and 3: sessions
// over HTTP long-polling and websocket, and the upgrade from one to the other.
// Revision 3 differs in who pings (the client), in the payloads of long-polling, and in
// that a binary packet begins with its type.
//
// What is sent is a [Frame], made once and queued by reference to any number
// of connections. A few goroutines, the shards, write whole queues with one
// system call per connection.
package engine
