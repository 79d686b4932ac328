package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/backup"
	"github.com/lapak-berdaya/lapak/internal/text"
)

// meter shows how far long work is: a bar on a terminal, now and then a plain line
// elsewhere. It writes beside the output, so that a backup can go to it.
type meter struct {
	out      *os.File
	terminal bool
	phase    string
	begun    time.Time // of the phase
	shown    time.Time // when the last line was drawn
	calls    int
	ended    bool // the phase's last line is drawn
	now      func() time.Time
}

func newMeter(out *os.File) *meter {
	info, err := out.Stat()
	return &meter{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, now: time.Now}
}

// pauses between two lines.
const (
	redraw  = 100 * time.Millisecond
	newLine = 10 * time.Second
)

// tell is a backup.Progress; it is called for every row, so it looks at the clock
// now and then only.
func (m *meter) tell(phase string, done, total int64) {
	if phase != m.phase {
		m.finish()
		m.phase, m.begun, m.shown, m.calls = phase, m.now(), m.now(), 0
		m.ended = false
	}
	m.calls++
	last := total > 0 && done >= total
	if m.ended || phase == backup.PhaseRows && m.calls%256 != 0 && !last {
		return
	}
	m.ended = last
	now := m.now()
	pause := newLine
	if m.terminal {
		pause = redraw
	}
	if now.Sub(m.shown) < pause && !last {
		return
	}
	m.shown = now
	line := m.line(done, total, now.Sub(m.begun))
	if m.terminal {
		fmt.Fprintf(m.out, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(m.out, line)
}

// finish ends the line of the phase.
func (m *meter) finish() {
	if m.terminal && m.phase != "" {
		fmt.Fprintln(m.out)
	}
	m.phase = ""
}

var phaseWords = map[string]string{
	backup.PhaseRows: "backup.phase.rows", backup.PhasePictures: "backup.phase.pictures", backup.PhaseVerify: "backup.phase.verify",
}

func (m *meter) line(done, total int64, took time.Duration) string {
	amount := size
	if m.phase == backup.PhaseRows {
		amount = count
	}
	line := fmt.Sprintf("  %-9s", text.T(phaseWords[m.phase]))
	if total > 0 {
		if m.terminal {
			const width = 24
			full := int(min(done, total) * width / total)
			line += " [" + strings.Repeat("█", full) + strings.Repeat("·", width-full) + "]"
		}
		line += fmt.Sprintf(" %3d%%  %s / %s", min(done, total)*100/total, amount(done), amount(total))
	} else {
		line += " " + amount(done)
	}
	if took < time.Second {
		return line
	}
	line += fmt.Sprintf("  %s/%s", amount(int64(float64(done)/took.Seconds())), text.T("backup.second"))
	if left := total - done; left > 0 && done > 0 {
		eta := time.Duration(float64(took) * float64(left) / float64(done)).Round(time.Second)
		line += "  " + text.T("backup.left", "waktu", eta.String())
	}
	return line
}

// count writes a number with dots between thousands.
func count(n int64) string {
	s := fmt.Sprint(n)
	for at := len(s) - 3; at > 0; at -= 3 {
		s = s[:at] + "." + s[at:]
	}
	return s
}

// size writes a number of bytes for people.
func size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	value, unit := float64(n)/1000, 0
	for value >= 1000 && unit < 3 {
		value, unit = value/1000, unit+1
	}
	return strings.Replace(fmt.Sprintf("%.1f %cB", value, "kMGT"[unit]), ".", ",", 1)
}
