package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/lapak-berdaya/lapak/internal/build"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/server/web"
)

type serveCommand struct{ place }

// Run serves until the process is told to stop.
func (c serveCommand) Run(ctx context.Context) error {
	s, err := c.settings()
	if err := errors.Join(err, s.CheckServe(), s.CheckFiles()); err != nil {
		return fmt.Errorf("belum bisa mulai:\n%w", err)
	}
	log := newLog(os.Stdout)
	slog.SetDefault(log)
	release, err := own(s.DatabaseURL)
	if err != nil {
		return err
	}
	defer func() { _ = release() }()
	introduce(log, s)
	a, err := open(ctx, s, log, choices{})
	if err != nil {
		return err
	}
	if _, err := migrate(ctx, a.db); err != nil {
		return errors.Join(err, a.close(ctx))
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return errors.Join(err, a.close(ctx))
	}
	log.Info("listening", "listen", listener.Addr().String())
	return a.run(ctx, listener, 5*time.Second, nil)
}

// own claims an embedded database for this process; it explains itself when
// another one has it.
func own(address string) (release func() error, err error) {
	if release, err = database.Own(address); errors.Is(err, database.ErrOwned) {
		return nil, fmt.Errorf("lapak lain sedang memakai basis data ini; hentikan dulu yang itu, atau pakai PostgreSQL untuk beberapa mesin: %w", err)
	}
	return release, err
}

// introduce writes the first lines of a serving process: which program, with
// which settings (no secret in it), and what will be missed.
func introduce(log *slog.Logger, s config.Settings) {
	kind, _, _ := strings.Cut(s.DatabaseURL, ":")
	var settings []any
	for _, d := range config.Describe(s) {
		if d.From != config.Missing {
			settings = append(settings, slog.String(d.Name, d.Value))
		}
	}
	log.Info("starting", "version", build.Version(), "database", kind, slog.Group("settings", settings...))
	for _, w := range s.Warnings() {
		log.Warn("setting", "warning", w)
	}
}

// run serves the site and works jobs off until ctx ends, then drains: /readyz
// says no, after notice the listener closes, requests and jobs under way finish.
// started is told once both run.
func (a *app) run(ctx context.Context, listener net.Listener, notice time.Duration, started func(*web.Site)) error {
	site, err := a.site()
	if err != nil {
		return errors.Join(err, listener.Close(), a.close(ctx))
	}
	if _, err := a.reseal(ctx); err != nil { // plain text of older versions, values of older keys
		return errors.Join(err, listener.Close(), a.close(ctx))
	}
	runner, err := jobs.NewRunner(a.db, a.workers, a.log, jobs.As(a.runs.Process().Name), jobs.Watched(a.metrics))
	if err != nil {
		return errors.Join(err, listener.Close(), a.close(ctx))
	}
	background := context.WithoutCancel(ctx)
	stopPages := a.watch(background, site)
	if err := runner.Start(background); err != nil {
		stopPages()
		return errors.Join(err, listener.Close(), a.close(ctx))
	}
	hide, err := a.show(background, runner, site.Draining)
	if err != nil {
		stopPages()
		return errors.Join(err, listener.Close(), runner.Stop(background), a.close(ctx))
	}
	web := &http.Server{
		Handler: site.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 2 * time.Minute, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	if started != nil {
		started(site)
	}
	told := false
	select {
	case err = <-failed:
	case <-ctx.Done():
		told = true
		site.Drain()
		time.Sleep(notice)
		err = nil
	}
	// Requests and jobs under way have 25 seconds together, and jobs five more to
	// go back to the queue: a supervisor should wait longer than notice and that.
	stopping, cancel := context.WithTimeout(background, drainTime)
	defer cancel()
	jobsDone := make(chan error, 1)
	go func() { jobsDone <- runner.Stop(stopping) }()
	err = errors.Join(err, web.Shutdown(stopping))
	if told {
		<-failed // the last connection has been accepted: those that came with it are answered too
		err = errors.Join(err, web.Shutdown(stopping))
	}
	err = errors.Join(err, <-jobsDone)
	stopPages()
	leaving, left := context.WithTimeout(background, 5*time.Second)
	defer left()
	return errors.Join(err, hide(leaving), a.close(background))
}

const drainTime = 25 * time.Second

// watch keeps the page cache and the index of the shop window true until it is
// stopped.
func (a *app) watch(ctx context.Context, site *web.Site) (stop func()) {
	pages := watchPages(ctx, site)
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.catalog.WatchWindow(ctx, a.log)
	}()
	return func() {
		pages()
		cancel()
		<-done
	}
}

// watchPages keeps the page cache true until it is stopped, which waits for its
// last question to the database.
func watchPages(ctx context.Context, site *web.Site) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		site.WatchPages(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}
