package xenditsim

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// store is a file of JSON lines, one per change, each holding the whole object:
// the last line of an id counts. Appending is cheap however large it grows; it
// is rewritten once at every start.
type store struct {
	file *os.File
}

type line struct {
	Kind string          `json:"kind"`
	ID   string          `json:"id"`
	Data json.RawMessage `json:"data"`
}

func (st *store) append(kind, id string, v any) error {
	if st.file == nil {
		return nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	b, err := json.Marshal(line{kind, id, data})
	if err != nil {
		return err
	}
	_, err = st.file.Write(append(b, '\n')) // one write per line, so that a kill leaves at most one torn line
	return err
}

func (st *store) close() error {
	if st.file == nil {
		return nil
	}
	return st.file.Close()
}

// save stores one object; trouble with the disk is logged, because the gateway's
// callers can do nothing about it.
func (s *Simulator) save(kind, id string, v any) {
	if err := s.store.append(kind, id, v); err != nil {
		s.log.Error("store", "error", err)
	}
}

func (s *Simulator) saveSettings() { s.save("settings", "", s.settings) }

// open reads the store, if any, and begins a fresh file with what counts.
func (s *Simulator) open() error {
	s.store = &store{}
	if s.cfg.Path == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(s.cfg.Path), 0o700); err != nil {
		return fmt.Errorf("xenditsim: %w", err)
	}
	if err := s.load(s.cfg.Path); err != nil {
		return err
	}
	fresh := s.cfg.Path + ".new"
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("xenditsim: %w", err)
	}
	s.store.file = file
	if err := s.writeAll(); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := os.Rename(fresh, s.cfg.Path); err != nil {
		return errors.Join(fmt.Errorf("xenditsim: %w", err), file.Close())
	}
	return nil
}

func (s *Simulator) writeAll() error {
	err := s.store.append("settings", "", s.settings)
	for id, v := range s.invoices {
		err = errors.Join(err, s.store.append("invoice", id, v))
	}
	for id, v := range s.payouts {
		err = errors.Join(err, s.store.append("payout", id, v))
	}
	for id, v := range s.refunds {
		err = errors.Join(err, s.store.append("refund", id, v))
	}
	for id, v := range s.others {
		err = errors.Join(err, s.store.append("other", id, v))
	}
	for id, v := range s.keys {
		err = errors.Join(err, s.store.append("key", id, v))
	}
	for _, id := range s.order {
		err = errors.Join(err, s.store.append("delivery", id, s.deliveries[id]))
	}
	return errors.Join(err, s.store.file.Sync())
}

func (s *Simulator) load(path string) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("xenditsim: %w", err)
	}
	defer func() { _ = file.Close() }()
	r := bufio.NewReader(file)
	for n := 1; ; n++ {
		b, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil // a line without its end was torn by a kill: it never counted
		}
		if err != nil {
			return fmt.Errorf("xenditsim: %w", err)
		}
		if err := s.loadLine(b); err != nil {
			return fmt.Errorf("xenditsim: %s line %d: %w", path, n, err)
		}
	}
}

func (s *Simulator) loadLine(b []byte) error {
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return err
	}
	switch l.Kind {
	case "settings":
		return json.Unmarshal(l.Data, &s.settings)
	case "invoice":
		return loadInto(s.invoices, l, func(v *invoice) { s.track(l.ID, v.live()) })
	case "payout":
		return loadInto(s.payouts, l, func(v *payout) { s.track(l.ID, v.live()) })
	case "refund":
		return loadInto(s.refunds, l, func(v *refund) { s.track(l.ID, v.live()) })
	case "other":
		return loadInto(s.others, l, func(*other) {})
	case "delivery":
		if s.deliveries[l.ID] == nil {
			s.order = append(s.order, l.ID)
		}
		return loadInto(s.deliveries, l, func(*delivery) {})
	case "key":
		var k idempotent
		if err := json.Unmarshal(l.Data, &k); err != nil {
			return err
		}
		s.keys[l.ID] = k
		return nil
	}
	return fmt.Errorf("unknown kind %q", l.Kind)
}

func loadInto[T any](m map[string]*T, l line, then func(*T)) error {
	v := new(T)
	if err := json.Unmarshal(l.Data, v); err != nil {
		return err
	}
	m[l.ID] = v
	then(v)
	return nil
}

func (s *Simulator) track(id string, live bool) {
	if live {
		s.active[id] = true
	} else {
		delete(s.active, id)
	}
}
