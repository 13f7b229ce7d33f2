package app

import (
	"gateway/firmware"
	"gateway/internal/access"
	"gateway/internal/device"
)

// makeBoards opens /devices to the boards of the registry.
func (g *gateway) makeBoards() error {
	builtin, err := device.ReadBuiltin(firmware.FS())
	if err != nil {
		return err
	}
	g.boards, err = device.New(device.Options{
		Records: g.store, Bus: g.bus, Taken: g.identity.Knows, Builtin: builtin, Changed: g.boardChanged, RolledOut: g.rolledOut, Drops: g.drops, Logger: g.log,
	})
	if err != nil {
		return err
	}
	g.surface.ServeDevices(g.boards)
	return nil
}

// boardChanged tells pages of a board as it is now, or of what it says.
func (g *gateway) boardChanged(c device.Change) {
	if g.live != nil && g.surface.Watched() > 0 {
		g.surface.Tell("board", c)
	}
}

// rolledOut tells pages of a rollout.
func (g *gateway) rolledOut(c device.RolloutChange) {
	if g.live != nil && g.surface.Watched() > 0 {
		g.surface.Tell("rollout", c)
	}
}

// hasBoard reports whether an id is that of a board.
func (g *gateway) hasBoard(id string) bool { return g.boards != nil && g.boards.Has(id) }

// current returns what a principal is by now, be it a board or somebody that internal/auth knows; nil: nobody any more.
func (g *gateway) current(p *access.Principal) *access.Principal {
	if device.Own(p) {
		if g.boards == nil {
			return nil
		}
		return g.boards.Current(p)
	}
	return g.identity.Current(p)
}
