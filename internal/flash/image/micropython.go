package image

import (
	"bytes"
	"regexp"

	"gateway/internal/fault"
)

// micropython finds the version and the board, and refuses what is built without asyncio.
func micropython(data []byte) (version, board string, err error) {
	m := regexp.MustCompile(`MicroPython v(\d+\.\d+(?:\.\d+)?(?:-[0-9A-Za-z.-]+)?) on \d{4}-\d\d-\d\d`).FindSubmatch(data)
	if m == nil {
		return "", "", fault.New(fault.Invalid, "there is no MicroPython in this image: get the .bin from %s", Source)
	}
	if !bytes.Contains(data, []byte("asyncio/core.py")) {
		return "", "", fault.New(fault.Invalid, "this MicroPython is the variant for small flash, without asyncio: get the one for 2 MiB and more from %s", Source)
	}
	if bytes.Contains(data, []byte("ESP module with ESP8266")) {
		board = "ESP8266_GENERIC"
	}
	return string(m[1]), board, nil
}
