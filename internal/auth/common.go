package auth

import "strings"

// common reports whether a password of minPassword characters or more is among the most common ones, or made in the way they
// are: a word of this kind with digits and signs behind it, a run along the keyboard, a few characters over and over.
func common(password, username string) bool {
	p := strings.ToLower(password)
	word := strings.Trim(strings.NewReplacer("@", "a", "0", "o", "$", "s", "3", "e").Replace(strings.TrimRight(p, "0123456789!.?*#-_ ")), " ")
	for _, w := range append(commonWords(), strings.ToLower(username)) {
		if w != "" && (p == w || word == w || word == w+w) {
			return true
		}
	}
	return run(p) || repeated(p)
}

// commonWords are what most of the most used passwords of ten characters and more begin with, in English and German.
func commonWords() []string {
	return strings.Fields(`password passwort passw0rd motdepasse contrasena admin administrator root user guest test default
		gateway raspberry raspberrypi raspi mosquitto mqtt socketio homeassistant openhab tasmota esp8266 smarthome iot
		letmein letmeinnow welcome willkommen hallo hello helloworld iloveyou ichliebedich changeme changeit secret geheim
		master qwerty qwertz qwertyuiop qwertzuiop asdfghjkl yxcvbnm zxcvbnm football baseball basketball superman batman
		princess sunshine dragon monkey shadow michael jennifer charlie trustno login access computer internet whatever
		starwars pokemon freedom michelle jordan hunter harley summer sommer winter spring herbst autumn abc abcd abcdef
		correcthorsebatterystaple p q a pass pw qwe asd`)
}

// run reports whether p goes along an alphabet or a keyboard, forth or back, perhaps more than once.
func run(p string) bool {
	for _, line := range []string{
		"01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm",
		"1q2w3e4r5t6y7u8i9o0p", "1q2w3e4r5t6z7u8i9o0p", "1qaz2wsx3edc4rfv5tgb6yhn7ujm", "qazwsxedcrfvtgbyhnujm", "!@#$%^&*()",
	} {
		if strings.Contains(line, p) || strings.Contains(line, reversed(p)) {
			return true
		}
	}
	return false
}

func reversed(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

// repeated reports whether p is a short piece over and over: aaaaaaaaaa, 1234512345, abcabcabcabc.
func repeated(p string) bool {
	for n := 1; n <= len(p)/2 && n <= 6; n++ {
		if strings.Repeat(p[:n], len(p)/n+1)[:len(p)] == p {
			return true
		}
	}
	return false
}
