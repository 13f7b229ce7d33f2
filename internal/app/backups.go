package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"gateway/internal/api"
	"gateway/internal/fault"
	"gateway/pkg/store"
)

// Files in the data directory.
const (
	pendingBackup = "restore.pending" // checked, and to be restored before the store is opened
	beforeBackup  = "before-restore.backup"
	stagePattern  = "restore-*.stage" // directories in which backups are looked at
)

// backups gives out the gateway's state, and has it replaced by another one.
type backups struct {
	g    *gateway
	busy sync.Mutex // one backup is looked at at a time: each takes its size of the disk, twice
}

// Snapshot implements [api.BackupService].
func (b *backups) Snapshot(w io.Writer) error { return b.g.store.Snapshot(w) }

// Compare implements [api.BackupService].
func (b *backups) Compare(ctx context.Context, r io.Reader) (out api.BackupComparison, err error) {
	err = b.staged(r, func(file, dir string) error {
		out, err = b.g.compareWith(ctx, file, dir)
		return err
	})
	return out, err
}

// Restore implements [api.BackupService].
func (b *backups) Restore(_ context.Context, r io.Reader) error {
	return b.staged(r, func(file, _ string) error {
		dir := b.g.config.DataDir
		if err := b.g.store.Backup(filepath.Join(dir, beforeBackup)); err != nil {
			return fault.New(fault.Unavailable, "nothing was restored, since what is here could not be kept first: %w", err)
		}
		if err := os.Rename(file, filepath.Join(dir, pendingBackup)); err != nil {
			return fault.New(fault.Unavailable, "nothing was restored: %w", err)
		}
		b.g.log.Warn("restarting on a backup", "kept", beforeBackup)
		b.g.restart()
		return nil
	})
}

// staged checks a backup whole, in a directory of its own, and calls fn with its file and with the state that it holds.
func (b *backups) staged(r io.Reader, fn func(file, dir string) error) error {
	if !b.busy.TryLock() {
		return fault.New(fault.RateLimited, "another backup is being looked at: try again in a moment")
	}
	defer b.busy.Unlock()
	stage, err := os.MkdirTemp(b.g.config.DataDir, stagePattern)
	if err != nil {
		return fault.New(fault.Unavailable, "there is no room to look at the backup: %w", err)
	}
	defer os.RemoveAll(stage)
	file, dir := filepath.Join(stage, "backup"), filepath.Join(stage, "state")
	if err := receive(r, file); err != nil {
		return err
	}
	if err := restoreFile(dir, file); err != nil {
		return refusedBackup(err)
	}
	return fn(file, dir)
}

// receive writes r to a new file that only its owner can read.
func receive(r io.Reader, file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fault.New(fault.Unavailable, "there is no room to look at the backup: %w", err)
	}
	_, err = io.Copy(f, r)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	var large *http.MaxBytesError
	var path *os.PathError
	switch {
	case errors.As(err, &large):
		return fault.New(fault.TooLarge, "the backup is over %d bytes", large.Limit)
	case errors.As(err, &path):
		return fault.New(fault.Unavailable, "there is no room to look at the backup: %w", err)
	case err != nil:
		return fault.New(fault.Invalid, "the backup did not arrive whole")
	}
	return nil
}

func restoreFile(dir, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return store.Restore(dir, f)
}

// refusedBackup says in words why a backup cannot be used.
func refusedBackup(err error) error {
	switch {
	case errors.Is(err, store.ErrNewerSchema):
		return api.Unusable("the backup is of a newer gateway: install that version here first")
	case errors.Is(err, store.ErrCorrupt):
		return api.Unusable("this is no whole backup of a gateway: it is cut short, damaged or something else")
	}
	return fault.New(fault.Unavailable, "the backup could not be checked: %w", err)
}

// restorePending puts a backup that was accepted in the place of what is in dir, and reports whether there was one. It is done
// before the store is opened, so also after a crash in between.
func restorePending(dir string, log *slog.Logger) bool {
	leftovers, _ := filepath.Glob(filepath.Join(dir, stagePattern)) // the pattern is a good one
	for _, stage := range leftovers {
		_ = os.RemoveAll(stage) // it costs space and nothing else
	}
	pending := filepath.Join(dir, pendingBackup)
	if _, err := os.Stat(pending); err != nil {
		return false
	}
	err := restoreFile(dir, pending)
	if errors.Is(err, store.ErrLocked) {
		return false // another gateway runs here: the open after this says so
	}
	if removed := os.Remove(pending); removed != nil {
		err = errors.Join(err, removed)
	}
	if err != nil {
		log.Error("the backup was not restored: what was here stays", "err", err)
		return false
	}
	log.Warn("restored a backup", "what was here is in", beforeBackup)
	return true
}

// buildOn builds a gateway, on a pending backup if there is one. A backup that no gateway can be built on is undone.
func buildOn(o Options, log *slog.Logger) (*gateway, error) {
	dir := o.Config.DataDir
	restored := restorePending(dir, log)
	o.restored = restored
	g, err := build(o, log)
	if err == nil && restored {
		g.identity.EndAllSessions() // a login that was ended since the backup does not come back with it
	}
	if err == nil || !restored {
		return g, err
	}
	log.Error("the gateway cannot run on the backup: going back to what was here", "err", err)
	if back := restoreFile(dir, filepath.Join(dir, beforeBackup)); back != nil {
		return nil, errors.Join(err, fmt.Errorf("go back: %w", back))
	}
	o.restored = false
	return build(o, log)
}

// restart has the gateway close everything and be built again. What is being answered is answered first.
func (g *gateway) restart() {
	select {
	case g.again <- struct{}{}:
	default: // it is about to
	}
}
