package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

type rotateCommand struct{ place }

// Run seals anew, under the first of LAPAK_SECRET_KEYS, everything an older key
// sealed, and says how much that was; afterwards the older keys may be dropped as
// far as stored values are concerned. The site may be serving meanwhile.
func (c rotateCommand) Run(ctx context.Context) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	if len(s.SecretKeys) == 0 {
		return errors.New("LAPAK_SECRET_KEYS is missing: the new key first, then those it replaces")
	}
	a, err := open(ctx, s, slog.New(slog.DiscardHandler), choices{})
	if err != nil {
		return err
	}
	defer func() { _ = a.close(ctx) }()
	if _, err := migrate(ctx, a.db); err != nil {
		return err
	}
	n, err := a.reseal(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d nilai disegel ulang dengan kunci pertama\n", n)
	return nil
}

// reseal lets every package seal what it stores in plain text or under an older
// key, and returns how many values there were. It may be interrupted and run
// again.
func (a *app) reseal(ctx context.Context) (int, error) {
	total := 0
	for _, renew := range []func(context.Context) (int, error){a.accounts.Reseal, a.payments.Reseal, a.finance.Reseal} {
		n, err := renew(ctx)
		total += n
		if err != nil {
			return total, err
		}
	}
	if total > 0 {
		a.log.InfoContext(ctx, "sealed anew", "values", total)
	}
	return total, nil
}
