package id

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// ErrSealed means that none of the keys opens a sealed value: a key was taken out
// of LAPAK_SECRET_KEYS too early, or the value was sealed for another purpose.
var ErrSealed = errors.New("id: no key opens this value")

// Seal encrypts what the database must keep but nobody may read in a dump:
// identity numbers, bank accounts, second factors. AES-256-GCM with a key derived
// from the first secret for this one purpose, so that a value moved to another
// column does not open there (ASVS 11.3.2). Nothing stays nothing.
func (k Keys) Seal(purpose, plain string) string {
	if plain == "" {
		return ""
	}
	aead := sealer(k.keys[0], purpose)
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce) // crypto/rand never fails since Go 1.24
	box := aead.Seal(nonce, nonce, []byte(plain), []byte(purpose))
	return "s1." + keyName(k.keys[0]) + "." + base64.RawURLEncoding.EncodeToString(box)
}

// Open reads what Seal made, also under an older key; ErrSealed otherwise.
func (k Keys) Open(purpose, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	parts := strings.Split(sealed, ".")
	if len(parts) != 3 || parts[0] != "s1" {
		return "", fmt.Errorf("%w: not a sealed value", ErrSealed)
	}
	box, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrSealed, err)
	}
	for _, key := range k.keys {
		if keyName(key) != parts[1] {
			continue
		}
		aead := sealer(key, purpose)
		if len(box) < aead.NonceSize() {
			break
		}
		plain, err := aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], []byte(purpose))
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrSealed, err)
		}
		return string(plain), nil
	}
	return "", ErrSealed
}

// Stale reports that an older key sealed the value: seal it anew before that key
// leaves LAPAK_SECRET_KEYS.
func (k Keys) Stale(sealed string) bool {
	return sealed != "" && !strings.HasPrefix(sealed, "s1."+keyName(k.keys[0])+".")
}

// Index is the keyed hash under which a sealed value is found again: equal values
// have equal indexes, and without the key nobody can guess through the few
// possible numbers. Nothing stays nothing.
func (k Keys) Index(purpose, plain string) string { return index(k.keys[0], purpose, plain) }

// Indexes are the hashes that any of the keys gives, for `WHERE … IN ?` while
// keys rotate.
func (k Keys) Indexes(purpose, plain string) []string {
	all := make([]string, 0, len(k.keys))
	for _, key := range k.keys {
		all = append(all, index(key, purpose, plain))
	}
	return all
}

func index(key []byte, purpose, plain string) string {
	if plain == "" {
		return ""
	}
	m := hmac.New(sha256.New, derive(key, "index|"+purpose))
	m.Write([]byte(plain))
	return hex.EncodeToString(m.Sum(nil))
}

func sealer(key []byte, purpose string) cipher.AEAD {
	block, err := aes.NewCipher(derive(key, "seal|"+purpose))
	if err != nil {
		panic(err) // the key is always 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}

func derive(key []byte, purpose string) []byte {
	out, err := hkdf.Key(sha256.New, key, nil, "lapak|"+purpose, 32)
	if err != nil {
		panic(err) // 32 bytes are always to be had
	}
	return out
}

// keyName tells keys apart without saying anything about them.
func keyName(key []byte) string { return hex.EncodeToString(derive(key, "name")[:4]) }

// SealPrefix is how every value begins that the first key sealed, for `NOT LIKE`
// in the search for values to seal anew.
func (k Keys) SealPrefix() string { return "s1." + keyName(k.keys[0]) + "." }

// Unseal reads what a sealed column holds: a sealed value is opened, anything
// else was written before sealing began (or by an older version still running
// beside this one) and is returned as it is.
func (k Keys) Unseal(purpose, stored string) (string, error) {
	if !strings.HasPrefix(stored, "s1.") {
		return stored, nil
	}
	return k.Open(purpose, stored)
}

// Names tell the keys apart without saying anything about them, in order.
func (k Keys) Names() []string {
	all := make([]string, 0, len(k.keys))
	for _, key := range k.keys {
		all = append(all, keyName(key))
	}
	return all
}

// SealedBy is the name of the key that sealed a value; false for text that is no
// sealed value. A backup notes them, so that a restore knows which keys it needs.
func SealedBy(value string) (string, bool) {
	rest, ok := strings.CutPrefix(value, "s1.")
	if !ok || len(rest) < 10 || rest[8] != '.' {
		return "", false
	}
	if _, err := hex.DecodeString(rest[:8]); err != nil {
		return "", false
	}
	return rest[:8], true
}
