// Package id makes the names that people and machines outside see: tokens,
// order numbers and slugs. Rows themselves have bigint ids that stay inside.
package id

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strconv"
	"strings"
)

var lower = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// Token returns 128 random bits as 26 lower-case letters and digits.
func Token() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // crypto/rand never fails since Go 1.24
	return lower.EncodeToString(b)
}

// Hash is how a token is stored: SHA-256 in hex. Tokens have 128 random bits,
// so a fast hash is enough.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// letters of order numbers and spoken codes: no 0/O, 1/I/L, U/V look-alikes.
const spoken = "23456789ABCDEFGHJKMNPQRSTWXYZ"

// OrderNumber returns a short number that can be read out on the phone, such as
// LB-7K3M9Q. It is random and says nothing about volume; the unique index of
// its table decides collisions.
func OrderNumber() string { return "LB-" + pick(6) }

// ComplaintNumber returns the number under which somebody hears of a complaint,
// such as ADU-7K3M9QXZ; longer than an order's, because it alone opens the page.
func ComplaintNumber() string { return "ADU-" + pick(8) }

// PickupCode returns the short code a buyer shows at the counter.
func PickupCode() string { return pick(5) }

func pick(n int) string {
	var s strings.Builder
	b := make([]byte, 1)
	for s.Len() < n {
		_, _ = rand.Read(b)
		if int(b[0]) < 256-256%len(spoken) { // no modulo bias
			s.WriteByte(spoken[int(b[0])%len(spoken)])
		}
	}
	return s.String()
}

// Keys are the secret keys of the installation (LAPAK_SECRET_KEYS). The first
// signs; the rest still verify, so that keys rotate without breaking links.
type Keys struct{ keys [][]byte }

// NewKeys takes the keys in order; at least one is needed.
func NewKeys(secrets ...string) Keys {
	k := Keys{}
	for _, s := range secrets {
		k.keys = append(k.keys, []byte(s))
	}
	return k
}

// For returns the guest token of one row: 128 bits derived from the first key,
// so it is never stored and can still be written into every mail. Store
// Hash(For(kind, id)) beside the row to find it again.
func (k Keys) For(kind string, id int64) string { return token(k.keys[0], kind, id) }

// Recall returns the token of a row whose stored hash is known, also when an
// older key made it; false when no key fits.
func (k Keys) Recall(kind string, id int64, hash string) (string, bool) {
	for _, key := range k.keys {
		if t := token(key, kind, id); Hash(t) == hash {
			return t, true
		}
	}
	return "", false
}

// All returns the tokens that For returned or would return under every key, the
// present key's first.
func (k Keys) All(kind string, id int64) []string {
	all := make([]string, len(k.keys))
	for i, key := range k.keys {
		all[i] = token(key, kind, id)
	}
	return all
}

func token(key []byte, kind string, id int64) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("token|" + kind + "|" + strconv.FormatInt(id, 10)))
	return lower.EncodeToString(m.Sum(nil)[:16])
}

// Sign returns a short signature of data for one purpose (page cursors).
func (k Keys) Sign(purpose, data string) string {
	return sign(k.keys[0], purpose, data)
}

// Verify reports whether any key made sig for data.
func (k Keys) Verify(purpose, data, sig string) bool {
	for _, key := range k.keys {
		if hmac.Equal([]byte(sign(key, purpose, data)), []byte(sig)) {
			return true
		}
	}
	return false
}

func sign(key []byte, purpose, data string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte("sign|" + purpose + "|" + data))
	return lower.EncodeToString(m.Sum(nil)[:10])
}

// Slug folds a title into an address: lower-case ASCII letters, digits and
// single dashes, at most 60 bytes. It may be empty (a title of emoji only).
func Slug(title string) string {
	var b strings.Builder
	dash := false
	for _, r := range Fold(title) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		default:
			dash = true
		}
		if b.Len() >= 60 {
			break
		}
	}
	return b.String()
}
