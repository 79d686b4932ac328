// Package backup copies a whole installation, its database and its pictures:
// into one file (Write), from that file into an empty installation (Restore), or
// straight from an SQLite installation into an empty PostgreSQL one (Import).
//
// Like audit it reads the tables of every package, the second read-only exception
// to the rule that a table is read by its owner only; and, alone in the program,
// it writes rows of tables it does not own, into a database that holds nothing
// yet. It knows tables by what the database says of them, so a new table is kept
// without a word here; the few that are not kept are named in leftOut.
//
// The file is a tar archive, compressed with zstd and optionally encrypted with
// age: manifest.json, the rows of every table and the pending jobs as lines of
// JSON, the pictures, and sums.json at the end, without which the file counts as
// cut off. Values are those of neither database: whole numbers, UTC microseconds,
// base64, so that a file made on SQLite restores on PostgreSQL and the other way
// round.
package backup

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gocloud.dev/blob"

	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
)

// Store is one installation: its database and its pictures.
type Store struct {
	DB     *database.DB
	Bucket *blob.Bucket
	Keys   id.Keys // of LAPAK_SECRET_KEYS; the zero value when they are not known
}

// Phases of the work, for Progress.
const (
	PhaseRows     = "rows"     // reading or loading rows
	PhasePictures = "pictures" // copying pictures
	PhaseVerify   = "verify"   // reading back what was written
)

// Progress is told how far the work is; Total may be 0 when it is not known.
// Done counts rows in PhaseRows, bytes otherwise.
type Progress func(phase string, done, total int64)

func (p Progress) tell(phase string, done, total int64) {
	if p != nil {
		p(phase, done, total)
	}
}

// leftOut are the tables that are not kept, and why. What they hold ends with the
// installation that made it.
var leftOut = map[string]string{
	"sessions":      "everybody signs in again: a session that its owner ended after the backup must not come back to life",
	"sign_in_codes": "one-time codes are not valid twice",
	"rate_counters": "counters of the last minutes",
	"invalidations": "page caches begin empty",
	"instances":     "which processes serve the database",
	"runs":          "what was done to the other installation; this one has no backup yet, and its admin page says so",
}

// seeded are the tables that migrations fill: an empty installation has rows in
// these, and the copied ones take their place. A test holds the list.
var seeded = []string{"checklist_items", "checklist_versions", "checklists", "categories", "lesson_parts", "lessons", "saved_answers", "synonyms", "zone_rates", "carriers"}

// idGap is how far a restored installation's ids jump ahead. Rows made after the
// backup are lost, but links and payment references derived from their ids live on
// in people's phones and at the gateway: the same id, given again, would let an
// old link open a stranger's order.
const idGap = 1_000_000

// Errors that the commands explain.
var (
	ErrNotEmpty = errors.New("backup: the database is not empty")
	ErrDamaged  = errors.New("backup: the file is damaged or cut off")
	ErrFormat   = errors.New("backup: the file was made by a newer program")
	ErrNoBackup = errors.New("backup: not a backup of this program")
	ErrKeys     = errors.New("backup: LAPAK_SECRET_KEYS does not fit")
	ErrPictures = errors.New("backup: the picture store holds pictures of another installation")
	ErrIdentity = errors.New("backup: the file is encrypted and no identity opens it")
	ErrMismatch = errors.New("backup: the copy does not agree with its source")
	ErrSchema   = errors.New("backup: the tables are not those of the program")
	ErrValue    = errors.New("backup: a value does not fit its column")
)

// TableSum is what one table holds: as many rows, in any order, with these
// values. Two tables with equal sums hold the same rows.
type TableSum struct {
	Name   string           `json:"name"`
	Rows   int64            `json:"rows"`
	Digest string           `json:"digest"` // order-independent sum of the rows' SHA-256
	Sums   map[string]int64 `json:"sums"`   // of every integer column, modulo 2^64
}

func (t TableSum) equal(o TableSum) bool {
	if t.Rows != o.Rows || t.Digest != o.Digest || len(t.Sums) != len(o.Sums) {
		return false
	}
	for c, n := range t.Sums {
		if m, ok := o.Sums[c]; !ok || m != n {
			return false
		}
	}
	return true
}

// Summary is what a backup holds.
type Summary struct {
	Manifest Manifest
	Tables   []TableSum
	Jobs     int64
	Pictures int64    // files, several a picture
	Bytes    int64    // of the pictures
	Problems []string // pictures that were missing or not as their rows say
	Stored   int64    // bytes of the file
}

// Rows is the number of all rows.
func (s Summary) Rows() (n int64) {
	for _, t := range s.Tables {
		n += t.Rows
	}
	return n
}

// compare returns an error that names the first tables whose sums differ.
func compare(want, got []TableSum) error {
	var wrong []string
	for _, w := range want {
		at := slices.IndexFunc(got, func(t TableSum) bool { return t.Name == w.Name })
		if at < 0 {
			wrong = append(wrong, w.Name+" is missing")
			continue
		}
		if g := got[at]; !w.equal(g) {
			text := fmt.Sprintf("%s (%d rows, copied %d)", w.Name, w.Rows, g.Rows)
			for c, n := range w.Sums {
				if g.Sums[c] != n {
					text = fmt.Sprintf("%s, sum of %s %d, copied %d", text, c, n, g.Sums[c])
				}
			}
			wrong = append(wrong, text)
		}
	}
	if len(got) != len(want) {
		wrong = append(wrong, fmt.Sprintf("%d tables instead of %d", len(got), len(want)))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrMismatch, strings.Join(wrong, "; "))
	}
	return nil
}

func micros(t time.Time) int64 { return t.UTC().UnixMicro() }
