package rom

import (
	"context"
	"fmt"
)

// Registers of the chip. The number at regChip tells chips apart; the others hold the address that the factory burnt in.
const (
	regChip = 0x40001000
	regMAC0 = 0x3FF00050
	regMAC1 = 0x3FF00054
	regMAC3 = 0x3FF0005C
)

// esp8266 is what an ESP8266 (and an ESP8285) has at regChip.
const esp8266 = 0xFFF0C101

// identify fills in l.chip. The error is [NotESP8266] for another chip.
func (l *Loader) identify(ctx context.Context) error {
	magic, err := l.readReg(ctx, regChip)
	if err != nil {
		return fmt.Errorf("read the chip's number: %w", err)
	}
	if magic != esp8266 {
		return &NotESP8266{Chip: family(magic)}
	}
	l.chip.Name = "ESP8266"
	if l.chip.MAC, err = l.mac(ctx); err != nil {
		return fmt.Errorf("read the address: %w", err)
	}
	if l.chip.FlashID, err = l.flashID(ctx); err != nil {
		return fmt.Errorf("read the flash's id: %w", err)
	}
	l.chip.FlashSize = flashSize(l.chip.FlashID)
	l.log.Debug("connected", "baud", l.Baud(), "mac", l.chip.MAC, "flash", l.chip.FlashSize)
	return nil
}

// family names a chip by the number at regChip.
func family(magic uint32) string {
	known := map[uint32]string{
		0x00F01D83: "ESP32", 0x000007C6: "ESP32-S2", 0x00000009: "ESP32-S3",
		0x6921506F: "ESP32-C3", 0x1B31506F: "ESP32-C3", 0x4881606F: "ESP32-C3", 0x4361606F: "ESP32-C3",
		0x6F51306F: "ESP32-C2", 0x7C41A06F: "ESP32-C2", 0x2CE0806F: "ESP32-C6", 0xD7B73E80: "ESP32-H2",
	}
	if name, ok := known[magic]; ok {
		return name
	}
	return fmt.Sprintf("unknown chip %#08x", magic)
}

func (l *Loader) mac(ctx context.Context) (string, error) {
	var reg [3]uint32
	for i, address := range []uint32{regMAC0, regMAC1, regMAC3} {
		var err error
		if reg[i], err = l.readReg(ctx, address); err != nil {
			return "", err
		}
	}
	return mac(reg[0], reg[1], reg[2]), nil
}

// mac puts an address together. The last three bytes are in mac0 and mac1; the maker's three are in mac3, or, on older chips, a
// number in mac1 says which of two they are.
func mac(mac0, mac1, mac3 uint32) string {
	oui := [3]byte{byte(mac3 >> 16), byte(mac3 >> 8), byte(mac3)}
	switch {
	case mac3 != 0:
	case mac1>>16&0xFF == 0:
		oui = [3]byte{0x18, 0xFE, 0x34}
	default:
		oui = [3]byte{0xAC, 0xD0, 0x74}
	}
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", oui[0], oui[1], oui[2], byte(mac1>>8), byte(mac1), byte(mac0>>24))
}
