package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"gateway/internal/access"
	"gateway/internal/fault"
)

// maxBackup bounds the backups that are taken in, in bytes.
const maxBackup = 2 << 30

// backupTime is how long a backup may take to come or go: it may be large, and the line slow.
const backupTime = 30 * time.Minute

// BackupService takes and gives whole states of the gateway.
type BackupService interface {
	// Snapshot writes a consistent copy of everything, while the gateway works.
	Snapshot(w io.Writer) error
	// Compare says what restoring a backup would change. A backup that is broken or newer is refused.
	Compare(ctx context.Context, backup io.Reader) (BackupComparison, error)
	// Restore checks a backup whole and has the gateway restart on it. After an error nothing has changed.
	Restore(ctx context.Context, backup io.Reader) error
}

// BackupComparison is what a backup holds, against what is here.
type BackupComparison struct {
	Schema    int            `json:"schema" doc:"Version of its layout"`
	CreatedAt time.Time      `json:"created_at"`
	Version   string         `json:"version,omitempty" doc:"The gateway that wrote it, where it says so"`
	Changes   []BackupChange `json:"changes" doc:"What restoring it would do; 500 at most, values last"`
	Counts    map[string]int `json:"counts" doc:"All changes by what and kind" example:"{\"value.changed\":12}"`
}

// BackupChange is one difference.
type BackupChange struct {
	What string `json:"what" example:"mapping" doc:"mapping, user, token, session, link, setting, value, retained or record"`
	Name string `json:"name"`
	Kind string `json:"kind" enum:"added,removed,changed"`
}

// Restarting is the answer of whoever has set the gateway to restart.
type Restarting struct {
	Restarting bool `json:"restarting"`
}

const backupType = "application/octet-stream"

func (s *server) addBackups() {
	s.addRaw(operation{
		id: "getBackup", method: http.MethodGet, path: "/api/v1/backup", tag: "backup", needs: access.Backup, summary: "Take a backup",
		description: "One file with everything the gateway keeps, secrets included; the config file is not in it.",
	}, nil, backupType, s.sendBackup)
	s.addRaw(operation{
		id: "compareBackup", method: http.MethodPost, path: "/api/v1/backup/compare", tag: "backup", needs: access.Backup,
		summary: "Say what restoring a backup would change",
	}, backupType, BackupComparison{}, func(w http.ResponseWriter, r *http.Request) {
		backup := s.takeBackup(w, r)
		c, err := s.Backups.Compare(r.Context(), backup)
		drain(backup)
		s.answer(w, r, http.StatusOK, c, err)
	})
	s.addRaw(operation{
		id: "restoreBackup", method: http.MethodPost, path: "/api/v1/backup/restore", tag: "backup", needs: access.Backup,
		summary: "Replace everything by a backup", status: http.StatusAccepted,
		description: "The backup is checked whole first: one that is broken, or of a newer gateway, changes nothing. Then the gateway restarts itself on it.",
	}, backupType, Restarting{}, func(w http.ResponseWriter, r *http.Request) {
		backup := s.takeBackup(w, r)
		err := s.Backups.Restore(r.Context(), backup)
		drain(backup)
		s.answer(w, r, http.StatusAccepted, Restarting{true}, err)
	})
}

// sendBackup streams. An error in the middle leaves a file that says by itself that it is cut short.
func (s *server) sendBackup(w http.ResponseWriter, r *http.Request) {
	s.extend(w)
	name := "gateway-" + time.Now().UTC().Format("2006-01-02-1504") + ".backup"
	out := &lazyAnswer{ResponseWriter: w, header: func(h http.Header) {
		h.Set("Content-Type", backupType)
		h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	}}
	err := s.Backups.Snapshot(out)
	switch {
	case err != nil && !out.begun:
		s.refuse(w, r, fault.New(fault.Unavailable, "the backup could not be made: %w", err))
	case err != nil:
		s.Logger.Error("backup broke off", "err", err)
		panic(http.ErrAbortHandler) // so that the client sees that it has not got all
	}
}

// takeBackup is the body, bounded, with time enough.
func (s *server) takeBackup(w http.ResponseWriter, r *http.Request) io.Reader {
	s.extend(w)
	return http.MaxBytesReader(w, r.Body, maxBackup)
}

// drain reads what is left of a body that was refused before its end: many clients read no answer before they have sent it all,
// and would see a broken connection instead of the reason.
func drain(body io.Reader) {
	const most = 64 << 20
	_, _ = io.CopyN(io.Discard, body, most) // a client that has gone needs no answer
}

func (s *server) extend(w http.ResponseWriter) {
	c, until := http.NewResponseController(w), time.Now().Add(backupTime)
	_ = c.SetReadDeadline(until) // fails only where there is no connection: in tests
	_ = c.SetWriteDeadline(until)
}

// answer writes v as JSON, or the problem that err is.
func (s *server) answer(w http.ResponseWriter, r *http.Request, status int, v any, err error) {
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	writeJSON(w, status, v)
}

// lazyAnswer sets headers with the first byte, so that until then a problem can be answered.
type lazyAnswer struct {
	http.ResponseWriter
	header func(http.Header)
	begun  bool
}

// Write writes to the client.
func (l *lazyAnswer) Write(p []byte) (int, error) {
	if !l.begun {
		l.begun = true
		l.header(l.ResponseWriter.Header())
	}
	return l.ResponseWriter.Write(p)
}
