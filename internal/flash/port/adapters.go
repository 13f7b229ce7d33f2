package port

import "strings"

// adapter names the chip of a USB adapter by its vendor and product id in hex, or "".
func adapter(vendor, product string) string {
	known := map[string]string{
		"1a86:7523": "CH340", "1a86:7522": "CH340K", "1a86:5523": "CH341", "1a86:55d3": "CH343", "1a86:55d4": "CH9102",
		"10c4:ea60": "CP2102", "10c4:ea61": "CP2102", "10c4:ea70": "CP2105", "10c4:ea71": "CP2108",
		"0403:6001": "FT232", "0403:6010": "FT2232", "0403:6011": "FT4232", "0403:6014": "FT232H", "0403:6015": "FT231X",
		"067b:2303": "PL2303", "067b:23a3": "PL2303G",
		"303a:1001": "ESP32 (its own USB)", "303a:0002": "ESP32-S2 (its own USB)",
	}
	return known[strings.ToLower(vendor+":"+product)]
}
