package auth

// Records is where identities are kept: a bucket of records by key, durable when a call returns. *store.Store is one.
type Records interface {
	PutRecord(bucket, key string, data []byte) error
	DeleteRecord(bucket, key string) error
	// EachRecord calls fn for each record of bucket until it returns an error, which EachRecord returns.
	EachRecord(bucket string, fn func(key string, data []byte) error) error
}

// The buckets. Sessions and tokens are kept by id, with the hash of their secret only.
const (
	bucketUsers    = "users"
	bucketSessions = "sessions"
	bucketTokens   = "tokens"
	bucketSeen     = "auth" // one record, keySeen: when sessions and tokens were used last
	keySeen        = "seen"
)
