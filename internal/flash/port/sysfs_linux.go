package port

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// enumerate reads what the kernel says of its serial ports. The library would open some of them to see whether they are real, which
// changes the speed of a port that a job is using.
func enumerate() ([]Info, error) { return sysfs("/sys/class/tty", "/dev") }

// sysfs lists the ports in a directory such as /sys/class/tty, whose device nodes are in dev.
func sysfs(class, dev string) ([]Info, error) {
	entries, err := os.ReadDir(class)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []Info
	for _, e := range entries {
		if device, ok := hardware(filepath.Join(class, e.Name())); ok {
			found = append(found, describe(filepath.Join(dev, e.Name()), device))
		}
	}
	return found, nil
}

// hardware returns the directory of the device behind a terminal. Consoles and pseudo terminals have none, and a placeholder for a
// port that the machine could have says type 0.
func hardware(tty string) (string, bool) {
	if kind, ok := attribute(tty, "type"); ok && kind == "0" {
		return "", false
	}
	device, err := filepath.EvalSymlinks(filepath.Join(tty, "device"))
	return device, err == nil
}

// describe looks for a USB device at device or above it.
func describe(name, device string) Info {
	info := Info{Name: name}
	for range 4 {
		if vendor, ok := attribute(device, "idVendor"); ok {
			product, _ := attribute(device, "idProduct")
			info.Vendor, _ = attribute(device, "manufacturer")
			info.Product, _ = attribute(device, "product")
			info.Serial, _ = attribute(device, "serial")
			info.Adapter = adapter(vendor, product)
			return info
		}
		device = filepath.Dir(device)
	}
	info.Product = "serial port of this machine"
	return info
}

// attribute reads a file of one line.
func attribute(dir, name string) (string, bool) {
	b, err := fs.ReadFile(os.DirFS(dir), name)
	return strings.TrimSpace(string(b)), err == nil
}
