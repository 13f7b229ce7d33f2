package auth

// The buckets. Sessions and tokens are kept by id, with the hash of their secret only.
const (
	bucketUsers    = "users"
	bucketSessions = "sessions"
	bucketTokens   = "tokens"
	bucketSeen     = "auth" // one record, keySeen: when sessions and tokens were used last
	keySeen        = "seen"
)
