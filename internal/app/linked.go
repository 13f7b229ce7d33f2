package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"gateway/internal/bus"
	"gateway/pkg/store"
)

// The name by which linked gateways know this one lasts as long as the data directory.
const (
	instanceBucket = "gateway"
	instanceKey    = "instance"
	instanceLength = 12
)

// instance returns this gateway's name among linked ones. Where the disk is full it is another one after each start, which costs
// messages that go round a second delivery, once. A backup does not bring its name along: the gateway that it was taken of may
// run as well, and would take what this one sends for its own.
func (g *gateway) instance() (string, error) {
	data, found, err := g.store.GetRecord(instanceBucket, instanceKey)
	if err != nil {
		return "", fmt.Errorf("read the instance: %w", err)
	}
	if found && !g.options.restored && bus.ValidInstance(string(data)) {
		return string(data), nil
	}
	name := strings.ToLower(rand.Text()[:instanceLength])
	if err := g.store.PutRecord(instanceBucket, instanceKey, []byte(name)); err != nil {
		g.log.Warn("the instance was not stored", "err", err)
	}
	return name, nil
}

// Restore replaces what a stopped gateway has in its data directory by a backup. As with a restore over REST, the name among linked
// gateways stays behind. Errors are those of [store.Restore] and [store.Open].
func Restore(dir string, backup io.Reader) error {
	if err := store.Restore(dir, backup); err != nil {
		return err
	}
	s, err := store.Open(dir, store.Options{MaxTopics: math.MaxInt, MaxBytes: math.MaxInt64})
	if err != nil {
		return err
	}
	return errors.Join(s.DeleteRecord(instanceBucket, instanceKey), s.Close())
}
