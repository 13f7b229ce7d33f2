package app

// The state of socket.io clients is kept over a clean stop, so that a restart for an upgrade loses nobody's events. It is taken
// out of the store when it is read: after a crash there is none, and clients get the last values instead.
const (
	recoveryBucket = "socketio"
	recoveryKey    = "recovery"
)

func (g *gateway) saveRecovery() error {
	if g.config.SocketIO.Recovery == 0 {
		return nil
	}
	state, err := g.surface.SaveState()
	if err != nil {
		return err
	}
	return g.store.PutRecord(recoveryBucket, recoveryKey, state)
}

// loadRecovery costs clients their recovery where it fails, and nothing else.
func (g *gateway) loadRecovery() error {
	state, found, err := g.store.GetRecord(recoveryBucket, recoveryKey)
	if err != nil || !found {
		return err
	}
	if err := g.store.DeleteRecord(recoveryBucket, recoveryKey); err != nil {
		return err
	}
	if err := g.surface.LoadState(state); err != nil {
		g.log.Warn("clients start afresh", "err", err)
	}
	return nil
}
