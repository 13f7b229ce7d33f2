package rom

import (
	"context"
	"errors"
)

// ConsoleBaud is the speed that MicroPython speaks on the ESP8266, in baud.
const ConsoleBaud = 115200

// Boot leaves the loader and starts what the flash holds. The port is at [ConsoleBaud] afterwards; the loader is of no use any more.
func (l *Loader) Boot(ctx context.Context) error {
	if l.how != nil {
		if err := l.port.SetBaud(ConsoleBaud); err != nil {
			return err
		}
		return l.how.run(ctx, l.port)
	}
	if err := l.begin(ctx, 0, 0, 0); err != nil {
		return err
	}
	if _, err := l.command(ctx, opFlashEnd, words(0), 0, quick); err != nil && !errors.Is(err, errSilence) {
		return err // silence is fine: some boards restart before they answer
	}
	return l.port.SetBaud(ConsoleBaud)
}
