package app

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"os"
	"slices"
	"time"

	"gateway/internal/api"
	"gateway/internal/fault"
	"gateway/pkg/store"
)

const (
	maxChanges     = 500
	backupManifest = "manifest.json" // in the archive, behind the state
)

// recordKinds says what the records of a bucket are called for people. Buckets that are missing here say nothing to them.
func recordKinds() map[string]string {
	return map[string]string{
		"mappings": "mapping", "users": "user", "sessions": "session", "tokens": "token",
		// What has connected changes with every connection, and is no news.
		linksBucket: "link", secretsBucket: "link password", settingsBucket: "setting",
	}
}

// entries are what one state holds, by kind and key.
type entries map[string]map[string]entry

type entry struct {
	name string
	data []byte
}

// compareWith says what restoring the state in dir, of the backup file, would change here.
func (g *gateway) compareWith(ctx context.Context, file, dir string) (api.BackupComparison, error) {
	out := api.BackupComparison{Changes: []api.BackupChange{}, Counts: map[string]int{}}
	if err := readManifest(file, &out); err != nil {
		return out, err
	}
	s, err := store.Open(dir, store.Options{MaxTopics: math.MaxInt, MaxBytes: math.MaxInt64, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return out, refusedBackup(err)
	}
	there, err := entriesOf(ctx, s)
	err = errors.Join(err, s.Close())
	if err != nil {
		return out, fault.New(fault.Unavailable, "the backup could not be read: %w", err)
	}
	here, err := entriesOf(ctx, g.store)
	if err != nil {
		return out, err
	}
	changes := differences(here, there)
	for _, c := range changes {
		out.Counts[c.What+"."+c.Kind]++
	}
	out.Changes = append(out.Changes, changes[:min(len(changes), maxChanges)]...)
	return out, nil
}

func readManifest(file string, out *api.BackupComparison) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err != nil {
			return refusedBackup(errors.Join(store.ErrCorrupt, err))
		}
		if h.Name != backupManifest {
			continue
		}
		var m struct {
			Schema  int
			Created time.Time
		}
		err = json.NewDecoder(io.LimitReader(r, 64<<10)).Decode(&m)
		out.Schema, out.CreatedAt = m.Schema, m.Created
		return err
	}
}

func entriesOf(ctx context.Context, s *store.Store) (entries, error) {
	all := entries{"value": {}, "retained": {}}
	for bucket, kind := range recordKinds() {
		of := map[string]entry{}
		all[kind] = of
		err := s.EachRecord(bucket, func(key string, data []byte) error {
			of[key] = entry{nameOf(key, data), slices.Clone(data)}
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
	}
	s.Match("#", func(v store.Value) bool {
		all["value"][v.Topic] = entry{v.Topic, v.Payload}
		return ctx.Err() == nil
	})
	err := s.EachRetained(func(r store.Retained) error {
		all["retained"][r.Topic] = entry{r.Topic, r.Payload}
		return nil
	})
	return all, errors.Join(err, ctx.Err())
}

// nameOf is what a record is called: by itself, if it says so, else by its key.
func nameOf(key string, data []byte) string {
	var r struct {
		Name, Username string
		Rule           struct{ Name string }
		Config         struct{ Name string }
	}
	_ = json.Unmarshal(data, &r) // what is no such thing has no name
	return cmp.Or(r.Rule.Name, r.Config.Name, r.Username, r.Name, key)
}

// differences lists what going from here to there does, mappings before values.
func differences(here, there entries) (list []api.BackupChange) {
	for kind, of := range there {
		for key, e := range of {
			before, known := here[kind][key]
			switch {
			case !known:
				list = append(list, api.BackupChange{What: kind, Name: e.name, Kind: "added"})
			case !bytes.Equal(before.data, e.data):
				list = append(list, api.BackupChange{What: kind, Name: e.name, Kind: "changed"})
			}
		}
	}
	for kind, of := range here {
		for key, e := range of {
			if _, stays := there[kind][key]; !stays {
				list = append(list, api.BackupChange{What: kind, Name: e.name, Kind: "removed"})
			}
		}
	}
	order := []string{"mapping", "link", "link password", "user", "token", "setting", "session", "device", "retained", "value"}
	slices.SortFunc(list, func(a, b api.BackupChange) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.What), slices.Index(order, b.What)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Kind, b.Kind))
	})
	return list
}
