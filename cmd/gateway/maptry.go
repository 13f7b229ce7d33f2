package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gateway/pkg/mapping"
)

const mapTryHelp = `Shows what an MQTT message would become: one line for each mapping whose topic
matches, in the order they apply. Nothing is sent. A PAYLOAD of - is read from
standard input.`

const mapTryExample = `  gateway map try --config config.toml home/kitchen/temp 21.5
  gateway map try --json tele/plug1/SENSOR '{"ENERGY": {"Power": 7}}'
  gateway map try cam/door/image - < door.jpg`

// maxTryPayload bounds what map try reads from standard input, in bytes: MQTT's own limit.
const maxTryPayload = 256 << 20

func newMapTry() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "try [--config FILE] TOPIC PAYLOAD",
		Short:   "Show what a message would become",
		Long:    mapTryHelp,
		Example: mapTryExample,
		Args:    named("TOPIC", "PAYLOAD"),
	}
	s := configFlag(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array, one object for each mapping")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := mapping.ValidTopic(args[0]); err != nil {
			return err
		}
		payload, err := payloadArg(args[1], cmd.InOrStdin())
		if err != nil {
			return err
		}
		_, table, err := s.table(cmd)
		if err != nil {
			return err
		}
		outcomes := table.Try(args[0], payload)
		if asJSON {
			return printJSON(cmd.OutOrStdout(), outcomes)
		}
		printOutcomes(cmd.OutOrStdout(), args[0], table.Len(), outcomes)
		return nil
	}
	return cmd
}

func payloadArg(arg string, stdin io.Reader) ([]byte, error) {
	if arg != "-" {
		return []byte(arg), nil
	}
	data, err := io.ReadAll(io.LimitReader(stdin, maxTryPayload))
	if err != nil {
		return nil, fmt.Errorf("read payload: %w", err)
	}
	return data, nil
}

// printOutcomes prints "rule  what it becomes" lines.
func printOutcomes(w io.Writer, topic string, rules int, outcomes []mapping.Outcome) {
	if len(outcomes) == 0 {
		fmt.Fprintf(w, "no mapping matches %s (%s looked at)\n", topic, plural(rules, "mapping"))
		return
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, o := range outcomes {
		fmt.Fprintf(columns, "%s\t%s\n", o.Name, describe(o))
	}
	_ = columns.Flush() // what fails here has failed on standard output before
}

// describe is an outcome as one readable line.
func describe(o mapping.Outcome) string {
	var b strings.Builder
	switch {
	case o.Drop != "" && o.Text != "":
		return fmt.Sprintf("nothing (%s): %s", o.Drop, o.Text)
	case o.Drop != "":
		return fmt.Sprintf("nothing (%s)", o.Drop)
	case o.To != "":
		fmt.Fprintf(&b, "topic %s", o.To)
	default:
		fmt.Fprintf(&b, "namespace %s, event %s", o.Namespace, o.Event)
	}
	if o.Room != "" {
		fmt.Fprintf(&b, ", room %s", o.Room)
	}
	if o.Client != "" {
		fmt.Fprintf(&b, ", only %s", o.Client)
	}
	fmt.Fprintf(&b, ": %s", showValue(o.Value))
	return b.String()
}

func showValue(v mapping.Value) string {
	if v.IsBinary {
		return fmt.Sprintf("binary, %s", plural(len(v.Binary), "byte"))
	}
	return string(v.JSON)
}

// outcomeJSON is an outcome for programs; absent fields do not apply.
type outcomeJSON struct {
	Rule      string          `json:"rule"`
	Namespace string          `json:"namespace,omitempty"`
	Event     string          `json:"event,omitempty"`
	Room      string          `json:"room,omitempty"`
	To        string          `json:"to,omitempty"`
	Client    string          `json:"client,omitempty"`
	Payload   json.RawMessage `json:"payload,omitempty"`
	Binary    []byte          `json:"binary,omitempty"` // base64
	Drop      mapping.Reason  `json:"drop,omitempty"`
	Text      string          `json:"text,omitempty"`
}

func printJSON(w io.Writer, outcomes []mapping.Outcome) error {
	list := make([]outcomeJSON, len(outcomes))
	for i, o := range outcomes {
		list[i] = outcomeJSON{
			Rule: o.Name, Namespace: o.Namespace, Event: o.Event, Room: o.Room, To: o.To, Client: o.Client,
			Payload: o.Value.JSON, Binary: o.Value.Binary, Drop: o.Drop, Text: o.Text,
		}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(list)
}
