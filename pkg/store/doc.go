// Package store keeps the gateway's state on a disk that may lose power at any
// time and wears out with every write: an SD card.
//
// It holds three kinds of state, with two promises:
//
//   - Records (configuration, users, outboxes, accepted commands) live in bbolt.
//     A write returns once it is synced; writers that wait together share one
//     commit.
//   - Last values, one per topic, and retained messages, one per topic, live in
//     memory and in an append-only value log. A change is on disk at the next
//     flush, at most Options.FlushInterval later, coalesced by topic. A crash
//     loses what is younger than that and nothing else.
//
// A data directory contains
//
//	lock                     flock'd while a gateway runs; holds its process id
//	gateway.db               bbolt: records, schema version, checkpointed values
//	values-0000000001.log    value log segments not yet checkpointed
//
// Every Options.CheckpointInterval the log is rotated, the values that changed
// are written into gateway.db, and the older segments are removed.
package store
