package mapping

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

var errStub = errors.New("mapping: not built yet")

// MaxNamespace is the longest namespace name, in bytes.
const MaxNamespace = 128

func ParseTOML(file string, data []byte) ([]Rule, error) { return nil, errStub }
func FormatTOML(rules []Rule) []byte                     { return nil }
func Compile(rules []Rule) (*Table, error)               { return &Table{}, errStub }

type Table struct{}

func (t *Table) Rules() []*Compiled                       { return nil }
func (t *Table) Len() int                                 { return 0 }
func (t *Table) Routes(dst []Route, topic string) []Route { return dst }
func (t *Table) Inbound(namespace, event string, client Client, args []Arg) ([]Publication, error) {
	return nil, errStub
}
func (t *Table) HasNamespace(name string) bool              { return false }
func (t *Table) NamespaceRules(name string) []Bound         { return nil }
func (t *Table) RunTests() []TestResult                     { return nil }
func (t *Table) Try(topic string, payload []byte) []Outcome { return nil }

type Compiled struct{}

func (c *Compiled) Name() string                              { return "" }
func (c *Compiled) Spec() Rule                                { return Rule{} } // with the defaults filled in
func (c *Compiled) Index() int                                { return 0 }      // position in Table.Rules
func (c *Compiled) Outbound() bool                            { return false }
func (c *Compiled) Inbound() bool                             { return false }
func (c *Compiled) IsTopicToTopic() bool                      { return false }
func (c *Compiled) Replays() bool                             { return false }
func (c *Compiled) Rate() (n int, per time.Duration, ok bool) { return }
func (c *Compiled) Dedupe() time.Duration                     { return 0 }
func (c *Compiled) Deadband() (float64, bool)                 { return 0, false }
func (c *Compiled) RPCTimeout() time.Duration                 { return 0 }
func (c *Compiled) Encode(in Input) (Value, Reason, error)    { return Value{}, "", errStub }

// Rewrite is Encode for topic -> topic rules: the MQTT payload of the new message.
func (c *Compiled) Rewrite(in Input) ([]byte, Reason, error) { return nil, "", errStub }

// RPCMatch reports whether a reply is the answer, by the rule's match expression (true without one).
func (c *Compiled) RPCMatch(in Input) (bool, error) { return true, nil }

type Route struct {
	Rule      *Compiled
	Topic     string
	Namespace string
	Room      string
	Event     string
	To        string
	Client    string // the only principal id to send to, when ClientID
	ClientID  bool
	Drop      Reason
}

type Input struct {
	Context context.Context
	Topic   string
	Payload []byte
	QoS     byte
	Retain  bool
	Route   *Route
}

type Value struct {
	JSON     json.RawMessage
	Binary   []byte
	IsBinary bool
}

type Arg struct {
	JSON     json.RawMessage
	Binary   []byte
	IsBinary bool
}

type Client struct{ ID string }

type Publication struct {
	Rule       *Compiled
	Topic      string
	Payload    []byte
	QoS        byte
	Retain     bool
	ReplyTopic string
}

type InboundError struct{ Code, Message string }

func (e *InboundError) Error() string { return e.Message }

type Bound struct {
	Rule     *Compiled
	Filter   string
	HasRoom  bool
	Outbound bool
	Inbound  bool
	ClientID bool
}

// FilterFor is Filter with {client.id} filled in.
func (b Bound) FilterFor(client string) string { return b.Filter }

type TestResult struct {
	Rule  string
	Index int
	OK    bool
	Text  string
	File  string
	Line  int
}

type Outcome struct {
	Rule      string
	Namespace string
	Room      string
	Event     string
	To        string
	Client    string
	Value     Value
	Drop      Reason
	Text      string
}

type Pattern struct{}

func ParsePattern(s string) (*Pattern, error) { return nil, errStub }
func (p *Pattern) Match(topic string) bool    { return false }
func (p *Pattern) Filter() string             { return "" }
func MatchFilter(filter, topic string) bool   { return false }
func ValidTopic(topic string) error           { return nil }
func ValidFilter(filter string) error         { return nil }

type Coverage int

const (
	None Coverage = iota
	Partial
	Full
)

func Covers(a, b string) Coverage { return None }

type FilterTree[T comparable] struct{}

func (f *FilterTree[T]) Add(filter string, v T)          {}
func (f *FilterTree[T]) Remove(filter string, v T)       {}
func (f *FilterTree[T]) Match(dst []T, topic string) []T { return dst }
