package web

import "strings"

// Phone writes a number as people here read it aloud: +628123456789 as
// 0812-3456-789. Others, of abroad, stand as they are. Links keep E.164.
func Phone(e164 string) string {
	local, ok := strings.CutPrefix(e164, "+62")
	if !ok {
		return e164
	}
	local = "0" + local
	var parts []string
	for len(local) > 5 {
		parts = append(parts, local[:4])
		local = local[4:]
	}
	return strings.Join(append(parts, local), "-")
}
