package web

import "strings"

// device names a browser roughly, so that people recognise their own sessions:
// "Chrome, Android". It is no fingerprint and is only shown to its owner.
func device(agent string) string {
	browser := "Peramban"
	for _, b := range [][2]string{{"Edg", "Edge"}, {"OPR", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox", "Firefox"}, {"Chrome", "Chrome"}, {"Safari", "Safari"}} {
		if strings.Contains(agent, b[0]) {
			browser = b[1]
			break
		}
	}
	for _, s := range []string{"Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux"} {
		if strings.Contains(agent, s) {
			return browser + ", " + s
		}
	}
	return browser
}
