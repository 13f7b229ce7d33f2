package repl

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// Info is what a board says of itself.
type Info struct {
	Version   string `json:"version"`    // of MicroPython: "1.27.0"
	Machine   string `json:"machine"`    // "ESP module with ESP8266"
	FlashSize int    `json:"flash_size"` // bytes, as the firmware believes; 0 is unknown
	ID        string `json:"id"`         // unique id of the chip in hex; "" is unknown
}

// Info asks the board what it is.
func (r *REPL) Info(ctx context.Context) (Info, error) {
	out, err := r.Exec(ctx, `import os,json
u=os.uname()
d={'version':u.release,'machine':u.machine,'flash_size':0,'id':''}
try:
 import esp
 d['flash_size']=esp.flash_size()
except:pass
try:
 import machine,binascii
 d['id']=binascii.hexlify(machine.unique_id()).decode()
except:pass
print(json.dumps(d))
del d,u`)
	if err != nil {
		return Info{}, fmt.Errorf("ask the board what it is: %w", err)
	}
	var info Info
	if err := json.Unmarshal([]byte(lastLine(out)), &info); err != nil {
		return Info{}, fmt.Errorf("ask the board what it is: %q: %w", lastLine(out), err)
	}
	return info, nil
}

// CheckFirmware lets the board compare the firmware in its flash with the checksum that came with it. false is a firmware that is
// not as it was built.
func (r *REPL) CheckFirmware(ctx context.Context) (bool, error) {
	out, err := r.Exec(ctx, "import esp\nprint(esp.check_fw())")
	if err != nil {
		return false, fmt.Errorf("check the firmware: %w", err)
	}
	return lastLine(out) == "True", nil
}

func lastLine(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// Reset restarts the board, which runs its /main.py then. The REPL is of no use afterwards; what the board says is on the port.
func (r *REPL) Reset(ctx context.Context) error {
	r.in = nil
	if err := r.sendPlain(ctx, "import machine\nmachine.reset()"); err != nil {
		return fmt.Errorf("restart the board: %w", err)
	}
	return nil
}
