package xenditsim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sort"
	"time"
)

// delivery is one callback on its way, with its retries.
type delivery struct {
	ID      string          `json:"id"`
	Kind    string          `json:"kind"`
	Body    json.RawMessage `json:"body"`
	Due     stamp           `json:"due"`
	Attempt int             `json:"attempt"` // attempts made
	Status  []int           `json:"status"`  // answers; 0 is none
	State   string          `json:"state"`   // waiting, delivered, dropped, given_up
	Made    stamp           `json:"made"`
	// Wrong sends a wrong token, decided when it was made.
	Wrong bool `json:"wrong,omitempty"`
	// Held waits for a later one to overtake it.
	Held bool `json:"held,omitempty"`
}

// retries are the documented pauses after the first attempt; retry_scale shrinks
// them.
var retries = []time.Duration{15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}

// overtake is how long a callback is held back to let a later one pass.
const overtake = 400 * time.Millisecond

// enqueue makes the deliveries of one event, as the settings of the moment say.
func (s *Simulator) enqueue(kind string, event any) {
	body, err := json.Marshal(event)
	if err != nil {
		s.log.Error("callback", "error", err)
		return
	}
	now := s.now()
	due := now.Add(time.Duration(s.settings.CallbackDelayMS) * time.Millisecond)
	if s.settings.CallbackReorder {
		due = due.Add(overtake)
		for _, id := range s.order {
			if d := s.deliveries[id]; d.State == "waiting" && d.Held && d.Attempt == 0 && !time.Time(d.Due).After(due) {
				d.Due = stamp(due.Add(overtake)) // the newer one goes first
				s.save("delivery", d.ID, d)
			}
		}
	}
	state := "waiting"
	if s.settings.CallbackDrop != 0 {
		state = "dropped"
		if s.settings.CallbackDrop > 0 {
			s.settings.CallbackDrop--
			s.saveSettings()
		}
	}
	for range max(1, s.settings.CallbackRepeat) {
		d := &delivery{ID: "cb-" + randomHex(8), Kind: kind, Body: body, Due: stamp(due), State: state, Made: stamp(now),
			Wrong: s.settings.CallbackWrongToken, Held: s.settings.CallbackReorder}
		s.deliveries[d.ID] = d
		s.order = append(s.order, d.ID)
		s.save("delivery", d.ID, d)
	}
	s.wake()
}

// deliver sends what is due and lets time pass, until Close.
func (s *Simulator) deliver() {
	defer s.done.Done()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		s.mu.Lock()
		s.pass()
		now := s.now()
		for _, id := range s.waiting(now) {
			d := s.deliveries[id]
			address := s.cfg.CallbackURLs[d.Kind]
			if address == "" {
				continue // kept until somebody sets an address
			}
			s.flying[id] = true
			token := s.cfg.CallbackToken
			if d.Wrong {
				token = "wrong-" + token
			}
			s.done.Add(1)
			go s.send(id, address, token, d.Body)
		}
		s.mu.Unlock()
		select {
		case <-s.stop:
			return
		case <-s.kick:
		case <-tick.C:
		}
	}
}

// waiting lists the deliveries that are due, the earliest first.
func (s *Simulator) waiting(now time.Time) []string {
	var due []string
	for _, id := range s.order {
		d := s.deliveries[id]
		if d.State == "waiting" && !s.flying[id] && !time.Time(d.Due).After(now) {
			due = append(due, id)
		}
	}
	sort.SliceStable(due, func(i, j int) bool {
		return time.Time(s.deliveries[due[i]].Due).Before(time.Time(s.deliveries[due[j]].Due))
	})
	return due
}

func (s *Simulator) send(id, address, token string, body []byte) {
	defer s.done.Done()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	go func() { // Close does not wait for a receiver that hangs
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	status := 0
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Callback-Token", token)
		req.Header.Set("Webhook-Id", id)
		res, err := s.client.Do(req)
		if err == nil {
			status = res.StatusCode
			_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
			_ = res.Body.Close()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.flying, id)
	d := s.deliveries[id]
	d.Attempt++
	d.Status = append(d.Status, status)
	switch {
	case status >= 200 && status < 300:
		d.State = "delivered"
	case d.Attempt > len(retries):
		d.State = "given_up"
	default:
		// Each documented moment counts from the first attempt.
		pause := retries[d.Attempt-1]
		if d.Attempt > 1 {
			pause -= retries[d.Attempt-2]
		}
		d.Due = stamp(s.now().Add(time.Duration(float64(pause) * s.settings.RetryScale)))
	}
	s.save("delivery", d.ID, d)
}

// resend delivers a callback again, as the dashboard's button does.
func (s *Simulator) resend(id string) bool {
	d := s.deliveries[id]
	if d == nil {
		return false
	}
	d.State, d.Due, d.Attempt, d.Wrong = "waiting", stamp(s.now()), 0, s.settings.CallbackWrongToken
	s.save("delivery", d.ID, d)
	s.wake()
	return true
}

// pass lets everything that was due by now happen. The caller holds the lock.
func (s *Simulator) pass() {
	now := s.now()
	due := make([]string, 0, len(s.active))
	for id := range s.active {
		due = append(due, id)
	}
	sort.Strings(due) // the same order every time
	for _, id := range due {
		switch {
		case s.invoices[id] != nil:
			v := s.invoices[id]
			if v.Status == pending && !time.Time(v.ExpiryDate).After(now) {
				s.expire(v)
			} else if v.Status == paid && v.Sim.SettleAt != nil && !time.Time(*v.Sim.SettleAt).After(now) {
				s.settle(v)
			}
		case s.payouts[id] != nil:
			for p := s.payouts[id]; p.Sim.Due != nil && !time.Time(*p.Sim.Due).After(now); {
				s.payoutDue(p)
			}
		case s.refunds[id] != nil:
			if f := s.refunds[id]; f.Sim.Due != nil && !time.Time(*f.Sim.Due).After(now) {
				s.refundDue(f)
			}
		}
	}
}
