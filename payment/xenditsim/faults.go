package xenditsim

import (
	"net/http"
	"time"
)

// Fault is one kind of trouble for the next calls of one operation.
type Fault struct {
	// On is the operation: create_invoice, get_invoice, find_invoices,
	// expire_invoice, create_payout, get_payout, find_payouts, cancel_payout,
	// create_refund, get_refund, find_refunds, balance, or any.
	On string `json:"on"`
	// Kind is timeout (no answer within stall_ms), hangup (the connection breaks),
	// 500, 429, html (502 with a page), html200 (200 with a page), truncated (half
	// of the JSON), delay (the true answer, after stall_ms), or drip (the true answer,
	// byte by byte over stall_ms).
	Kind string `json:"kind"`
	// Commit does the work before misbehaving; truncated, html200, delay and drip
	// always do, 429 never does.
	Commit bool `json:"commit"`
	// Times is how many calls it lasts; 0 is 1.
	Times int `json:"times"`
}

func (f Fault) commits() bool {
	switch f.Kind {
	case "truncated", "html200", "delay", "drip":
		return true
	case "429":
		return false
	}
	return f.Commit
}

// takeFault uses up one turn of the first fault that fits.
func (s *Simulator) takeFault(op string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.settings.Faults {
		if f.On != op && f.On != "any" {
			continue
		}
		if f.Times <= 1 {
			s.settings.Faults = append(append([]Fault(nil), s.settings.Faults[:i]...), s.settings.Faults[i+1:]...)
		} else {
			s.settings.Faults = append([]Fault(nil), s.settings.Faults...)
			s.settings.Faults[i].Times--
		}
		s.saveSettings()
		return &f
	}
	return nil
}

// misbehave answers as the fault says; status and answer are the truth, where
// the work was done.
func (s *Simulator) misbehave(w http.ResponseWriter, r *http.Request, f Fault, status int, answer []byte) {
	s.mu.Lock()
	stall := time.Duration(s.settings.StallMS) * time.Millisecond
	s.mu.Unlock()
	wait := func() {
		select {
		case <-time.After(stall):
		case <-r.Context().Done():
		case <-s.stop:
		}
	}
	const page = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>\n"
	switch f.Kind {
	case "timeout":
		wait()
		panic(http.ErrAbortHandler)
	case "429":
		writeJSON(w, 429, apiError{Code: "RATE_LIMIT_EXCEEDED", Message: "You have exceeded the rate limit. Please try again later."})
	case "html", "html200":
		w.Header().Set("Content-Type", "text/html")
		if f.Kind == "html" {
			w.WriteHeader(502)
		}
		_, _ = w.Write([]byte(page))
	case "truncated":
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write(answer[:len(answer)/2])
	case "delay":
		wait()
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = w.Write(answer)
	case "drip":
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		drip := time.NewTicker(max(time.Millisecond, stall/time.Duration(len(answer)+1)))
		defer drip.Stop()
		for i := range answer {
			select {
			case <-drip.C:
			case <-r.Context().Done():
				return
			case <-s.stop:
				return
			}
			if _, err := w.Write(answer[i : i+1]); err != nil {
				return
			}
			if f, ok := w.(http.Flusher); ok {
				f.Flush()
			}
		}
	case "500":
		writeJSON(w, 500, apiError{Code: "SERVER_ERROR", Message: "Something unexpected happened. We are investigating this issue. Please try again later."})
	default: // hangup
		panic(http.ErrAbortHandler)
	}
}
