// Package store keeps the gateway's state on a disk that may lose power at any
// time and wears out with every write: an SD card.
//
// It holds four kinds of state, with two promises:
//
//   - Records (configuration, users) live in bbolt.
//     A write returns once it is synced; writers that wait together share one
//     commit.
//
//   - Last values, one per topic, and retained messages, one per topic, live in
//     memory and in an append-only value log. A change is on disk at the next
//     flush, at most Options.FlushInterval later, coalesced by topic. A crash
//     loses what is younger than that and nothing else.
//
//   - Queues (persistent MQTT sessions, outboxes of links) hold messages in order,
//     and small records beside them. Changes are appended to the value log and
//     synced, together with all that has gathered: a Commit is what an
//     acknowledgement waits for. A message that is removed before the next
//     checkpoint costs one block of the log and never reaches bbolt. Removals
//     alone wait for the next commit or flush.
//
// A Batch changes several queues and their records at once: each is one record of
// the log, so that a power cut leaves all of it or nothing. Batches become durable
// in the order in which they were committed.
//
// A data directory contains
//
//	lock                     flock'd while a gateway runs; holds its process id
//	gateway.db               bbolt: records, schema version, checkpointed values
//	                         and queues
//	values-0000000001.log    value log segments not yet checkpointed
//
// Every Options.CheckpointInterval the log is rotated, the values and queues that
// changed are written into gateway.db, and the older segments are removed.
package store
