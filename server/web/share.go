package web

import (
	"net/url"
	"strings"
)

// WhatsAppText is the address that opens WhatsApp with a text to send to somebody.
// Everything in it is percent-encoded, spaces too: some phones show a plus as one.
func WhatsAppText(words string) string { return WhatsAppTo("https://wa.me/", words) }

// WhatsAppTo is WhatsAppText for the wa.me address of somebody; an empty address
// stays empty.
func WhatsAppTo(address, words string) string {
	if address == "" {
		return ""
	}
	return address + "?text=" + strings.ReplaceAll(url.QueryEscape(words), "+", "%20")
}
