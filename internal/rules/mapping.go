package rules

import (
	"time"

	"gateway/pkg/mapping"
)

// Origin says where a rule is written.
type Origin string

// The origins. Only rules from the UI can be changed here.
const (
	FromFile Origin = "file"
	FromDemo Origin = "demo"
	FromUI   Origin = "ui"
)

// Mapping is one rule and what the gateway knows of it.
type Mapping struct {
	ID       string           `json:"id" doc:"Stays when the rule is renamed. Rules of the file are file:NAME"`
	Origin   Origin           `json:"origin" enum:"file,demo,ui" doc:"Rules of the file and of the demo are read-only"`
	Rule     mapping.Rule     `json:"rule"`
	Enabled  bool             `json:"enabled"`
	Order    int              `json:"order" doc:"Place among all rules, from 0: file, demo, then the UI's"`
	Revision string           `json:"revision" doc:"For If-Match"`
	OK       bool             `json:"ok" doc:"Nothing keeps the rule from running. When it is enabled too, it is in force"`
	Problems []MappingProblem `json:"problems" doc:"What keeps it from running"`
	Warnings []MappingProblem `json:"warnings" doc:"What is probably not meant, and pinned tests that fail"`
	Stats    RuleStats        `json:"stats"`

	CreatedAt *time.Time `json:"created_at,omitempty"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
	UpdatedBy string     `json:"updated_by,omitempty"`
}

// MappingProblem is a mapping.Problem, named so that nobody takes it for a problem document.
type MappingProblem mapping.Problem

// RuleStats are a rule's counters since the gateway started.
type RuleStats struct {
	In        uint64   `json:"in" doc:"Events taken from socket.io"`
	Out       uint64   `json:"out" doc:"Events and messages sent on"`
	Filtered  uint64   `json:"filtered" doc:"Left out because when, rate, dedupe or deadband said so"`
	Dropped   uint64   `json:"dropped" doc:"Lost to an error"`
	LastError *Failure `json:"last_error,omitempty"`
	Paused    *Pause   `json:"paused,omitempty"`
}

// Failure is the last thing that went wrong in a rule.
type Failure struct {
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// Pause says that a rule rests because its expressions were too slow.
type Pause struct {
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

// record is a rule as it is stored.
type record struct {
	Version   int          `json:"version"`
	ID        string       `json:"id"`
	Rule      mapping.Rule `json:"rule"` // Disabled is never set: Enabled says it
	Enabled   bool         `json:"enabled"`
	Order     int          `json:"order"`
	Revision  uint64       `json:"revision"`
	CreatedAt time.Time    `json:"created_at"`
	UpdatedAt time.Time    `json:"updated_at"`
	UpdatedBy string       `json:"updated_by"`
}

// recordVersion is the version of the records that this program writes.
const recordVersion = 1

// fixed is a rule that is written elsewhere.
type fixed struct {
	id     string
	origin Origin
	rule   mapping.Rule
}
