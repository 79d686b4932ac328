package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"gocloud.dev/blob"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/audit"
	"github.com/lapak-berdaya/lapak/book"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/checkout"
	"github.com/lapak-berdaya/lapak/curation"
	"github.com/lapak-berdaya/lapak/delivery"
	"github.com/lapak-berdaya/lapak/demo"
	"github.com/lapak-berdaya/lapak/finance"
	"github.com/lapak-berdaya/lapak/internal/clock"
	"github.com/lapak-berdaya/lapak/internal/config"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/internal/metrics"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/runs"
	"github.com/lapak-berdaya/lapak/internal/story"
	"github.com/lapak-berdaya/lapak/ledger"
	"github.com/lapak-berdaya/lapak/media"
	"github.com/lapak-berdaya/lapak/notify"
	"github.com/lapak-berdaya/lapak/order"
	"github.com/lapak-berdaya/lapak/payment"
	"github.com/lapak-berdaya/lapak/payment/xendit"
	"github.com/lapak-berdaya/lapak/program"
	"github.com/lapak-berdaya/lapak/quote"
	"github.com/lapak-berdaya/lapak/review"
	"github.com/lapak-berdaya/lapak/server"
	"github.com/lapak-berdaya/lapak/server/signin"
	"github.com/lapak-berdaya/lapak/server/web"
	"github.com/lapak-berdaya/lapak/share"
)

// choices are what a command decides beyond the environment.
type choices struct {
	demo bool // WhatsApp messages stay in the outbox page, codes stay readable there
	past bool // what is done lies in the past: no job runs and nobody is told
}

// app is the composed program: every service over one database.
type app struct {
	settings config.Settings
	log      *slog.Logger
	db       *database.DB
	bucket   *blob.Bucket
	workers  *jobs.Workers
	runs     *runs.Service
	queue    *jobs.Queue
	metrics  *metrics.Set
	calls    *payment.Calls // of the last hour, to the gateway

	live *live

	accounts *account.Service
	pictures *media.Service
	messages *notify.Service
	catalog  *catalog.Service
	delivery *delivery.Service
	payments *payment.Service
	books    *ledger.Service
	orders   *order.Service
	checkout *checkout.Service
	quotes   *quote.Service
	curation *curation.Service
	library  *curation.Library
	finance  *finance.Service
	shares   *share.Service
	book     *book.Service
	program  *program.Service
	reviews  *review.Service
	demo     bool
	past     bool
}

// open opens the database and composes the services; nothing runs yet, and the
// schema is as it was found.
func open(ctx context.Context, s config.Settings, log *slog.Logger, c choices) (*app, error) {
	db, err := database.Open(ctx, s.DatabaseURL)
	if err != nil {
		return nil, err
	}
	a := over(db, s, log, c)
	if err := a.compose(ctx); err != nil {
		return nil, errors.Join(err, a.close(ctx))
	}
	return a, nil
}

// over is the program over an open database, before compose.
func over(db *database.DB, s config.Settings, log *slog.Logger, c choices) *app {
	process := runs.ThisProcess()
	return &app{
		settings: s, log: story.Logger(log), db: db, workers: jobs.NewWorkers(), demo: c.demo, past: c.past,
		runs: runs.NewService(db, process), metrics: metrics.New(process.Version), calls: &payment.Calls{}, live: &live{},
	}
}

func (a *app) compose(ctx context.Context) error {
	s, db := a.settings, a.db
	var err error
	if a.queue, err = jobs.NewQueue(db); err != nil {
		return err
	}
	if a.past {
		a.queue = jobs.Discard()
	}
	queue := a.queue
	if a.bucket, err = media.OpenBucket(ctx, s.MediaURL, media.Credentials{Key: s.MediaKey, Secret: s.MediaSecret}); err != nil {
		return err
	}
	mailer, err := notify.NewMailer(s.SMTPURL, s.Sender(), notify.MailOptions{})
	if err != nil {
		return err
	}
	whatsapp, err := a.whatsapp()
	if err != nil {
		return err
	}
	gateway, err := a.gateway()
	if err != nil {
		return err
	}
	keys := id.NewKeys(s.SecretKeys...)
	base := ""
	if s.BaseURL != nil {
		base = s.BaseURL.String()
	}

	a.accounts = account.NewService(db, keys)
	a.pictures = media.NewService(db, queue, a.bucket)
	a.messages = notify.NewService(db, queue, notify.Options{BaseURL: base, Mail: mailer, WhatsApp: whatsapp, KeepSecrets: a.demo})
	var tell messenger = a.messages
	if a.past {
		tell = silence{}
	}
	a.catalog = catalog.NewService(db, keys, a.pictures)
	a.delivery = delivery.NewService(db)
	a.books = ledger.NewService(db)
	a.payments = payment.NewService(db, queue, keys, gateway, s.XenditTokens, append(a.pace(), payment.WithWatch(a.live.callbacks(a.metrics)))...)
	a.orders = order.NewService(db, keys, order.Parts{
		Promises: a.catalog, Counters: a.delivery, Books: a.books, Refunds: a.payments, Messages: tell, People: a.accounts, Pictures: a.pictures,
	}, order.DefaultSettings())
	a.checkout = checkout.NewService(db, keys, checkout.Parts{
		Catalog: a.catalog, Parcels: a.delivery, Orders: a.orders, Payments: a.payments, Books: a.books, Messages: tell,
		People: a.accounts, Pictures: a.pictures,
	}, checkout.DefaultSettings(base))
	a.catalog.Connect(tell)
	a.quotes = quote.NewService(db, keys, quote.Parts{
		Catalog: a.catalog, Parcels: a.delivery, Orders: a.orders, Payments: a.payments, Books: a.books, Strays: finance.NewUnmatched(a.books),
		Messages: a.messages, People: a.accounts, Pictures: a.pictures,
	}, quote.DefaultSettings(base))
	a.library = curation.NewLibrary(db, a.pictures)
	a.curation = curation.NewService(db, keys, a.catalog, a.accounts, a.messages)
	a.shares = share.NewService(db, a.books, a.catalog, a.accounts)
	a.book = book.NewService(db, a.regencyTx, a.pictures)
	a.finance = finance.NewService(db, finance.Parts{
		Keys: keys, Books: a.books, Payouts: a.payments, Shops: a.catalog, People: a.accounts, Orders: a.orders, Messages: tell,
		Refunds: a.payments, Gateway: a.payments, Parties: a.shares, Queue: queue,
	})
	a.checkout.Connect(a.finance)
	a.reviews = review.NewService(db, keys, a.catalog, a.orders, a.accounts)
	a.program = program.NewService(db, a.accounts, a.catalog, a.delivery)
	a.program.Keep(a.books, a.book, a.shares, a.curation, a.reviews, a.payments, a.finance, a.quotes, a.checkout, a.orders, a.delivery, a.catalog, a.pictures, a.messages, a.accounts)
	a.connect()
	return nil
}

// messenger tells people; silence is one who does not.
type (
	messenger = order.Messages
	silence   struct{}
)

func (silence) SendTx(context.Context, *gorm.DB, notify.Message) error { return nil }

func (silence) CallTx(context.Context, *gorm.DB, int64, int64, int64, string) error { return nil }

// gateway is the real client, or none: commands that move no money (audit,
// migrate) need no key.
func (a *app) gateway() (payment.Gateway, error) {
	if a.settings.XenditKey == "" {
		return nil, nil
	}
	client, err := xendit.New(xendit.Config{SecretKey: a.settings.XenditKey, BaseURL: a.settings.XenditBaseURL})
	if err != nil {
		return nil, err
	}
	return payment.Watched(client, a.metrics, a.calls), nil
}

// pace is production's, except in the demo: its simulator settles after seconds,
// and nobody shall wait minutes to see it.
func (a *app) pace() []payment.Option {
	if !a.demo {
		return nil
	}
	return []payment.Option{payment.WithPace(payment.Pace{
		Poll: 2 * time.Second, Settle: []time.Duration{3 * time.Second, 3 * time.Second, 5 * time.Second, 30 * time.Second},
	})}
}

func (a *app) whatsapp() (notify.WhatsApp, error) {
	switch {
	case a.demo:
		return notify.OutboxOnly{}, nil
	case a.settings.WhatsAppURL != "":
		return notify.NewAdapter(a.settings.WhatsAppURL, a.settings.WhatsAppToken, notify.AdapterOptions{})
	}
	return nil, nil
}

// connect gives lower packages their back-calls and registers every job.
func (a *app) connect() {
	a.accounts.Connect(account.Hooks{
		Enqueue: func(ctx context.Context, tx *gorm.DB, args jobs.Args) error { return a.queue.InsertTx(ctx, tx, args) },
		SendCode: func(ctx context.Context, tx *gorm.DB, to account.User, code string, _ time.Time) error {
			return a.messages.SendTx(ctx, tx, notify.Message{
				Kind: "sign_in_code", To: notify.Recipient{Name: to.Name, Phone: to.Phone}, Data: map[string]string{"kode": code}, Secret: true,
			})
		},
		Tell: func(ctx context.Context, tx *gorm.DB, to account.User, event account.Event) error {
			return a.messages.SendTx(ctx, tx, notify.Message{
				Kind: "account_" + string(event), To: notify.Recipient{UserID: to.ID, Name: to.Name, Phone: to.Phone, Email: to.Email},
			})
		},
		ConsentGiven: func(ctx context.Context, tx *gorm.DB, userID int64, _ account.ConsentKind) error {
			return a.catalog.InvalidatePersonTx(ctx, tx, userID)
		},
		ConsentEnded: func(ctx context.Context, tx *gorm.DB, userID int64, _ account.ConsentKind) error {
			return a.catalog.InvalidatePersonTx(ctx, tx, userID)
		},
		Revealed: a.revealed,
		Helped:   a.helped,
	})
	a.program.Follow(a.orders)
	a.program.Tell(a.messages)
	a.program.Watch(a.orders, a.finance, a.curation.SamplesAsked)
	a.pictures.Connect(media.Hooks{Access: a.pictureAccess, Shown: a.personShown, Limit: a.accounts.Allow, Failed: a.metrics.StorageError})
	a.payments.Register(checkout.PurposeKind, a.checkout)
	a.payments.Register(quote.PurposeKind, a.quotes)
	a.payments.Register(payment.KindUnmatched, finance.NewUnmatched(a.books))
	a.payments.RegisterPayouts(finance.KindWithdrawal, a.finance)
	a.payments.RegisterBooks(func(ctx context.Context) (money.Rupiah, error) {
		return a.books.Balance(ctx, ledger.Account{Kind: ledger.Gateway})
	})
	a.payments.RegisterFees(finance.NewFees(a.books, finance.BearerSubsidy))
	a.payments.RegisterRefunds(order.PurposeKind, a.orders)
	a.payments.RegisterRefunds(checkout.SuspensePurpose, checkout.Suspense(a.checkout))
	a.payments.RegisterRefunds(payment.KindUnmatched, finance.NewStrayRefunds(a.books))

	a.accounts.Register(a.workers)
	a.pictures.Register(a.workers)
	a.messages.RegisterJobs(a.workers)
	a.payments.Work(a.workers)
	a.finance.Work(a.workers)
	a.periodic()
	a.nightly()
	a.gauges()
}

// regencyTx is where a shop stands, for those whose days follow it.
func (a *app) regencyTx(ctx context.Context, tx *gorm.DB, shopID int64) (string, error) {
	shop, err := a.catalog.ShopTx(ctx, tx, shopID)
	return shop.RegencyCode, err
}

// now is the database's time.
func (a *app) now(ctx context.Context) (time.Time, error) { return clock.Now(ctx, a.db.Read(ctx)) }

type (
	orderTimers struct{}
	drawShares  struct{} // pictures of shared links
	quoteTimers struct{}
	goLive      struct{} // changes that were approved for a later day
	waitingList struct{}
	cartSweep   struct{}
	pruneKeys   struct{}
	papers      struct{} // the warnings and ends of certificates
)

func (drawShares) Kind() string  { return "catalog_draw_shares" }
func (orderTimers) Kind() string { return "order_timers" }
func (quoteTimers) Kind() string { return "quote_timers" }
func (goLive) Kind() string      { return "curation_go_live" }
func (waitingList) Kind() string { return "catalog_waiting" }
func (cartSweep) Kind() string   { return "checkout_sweep_carts" }
func (pruneKeys) Kind() string   { return "prune_invalidations" }
func (papers) Kind() string      { return "curation_certificates" }

func (a *app) periodic() {
	jobs.Handle(a.workers, 50*time.Second, func(ctx context.Context, _ orderTimers) error {
		_, err := a.orders.RunTimers(ctx)
		return err
	})
	jobs.Handle(a.workers, 50*time.Second, func(ctx context.Context, _ quoteTimers) error {
		_, err := a.quotes.RunTimers(ctx)
		return err
	})
	jobs.Handle(a.workers, 50*time.Second, func(ctx context.Context, _ goLive) error {
		_, err := a.curation.GoLiveDue(ctx)
		return err
	})
	jobs.Handle(a.workers, 50*time.Second, func(ctx context.Context, _ waitingList) error { return a.catalog.RunWaiting(ctx) })
	jobs.Handle(a.workers, 50*time.Second, func(ctx context.Context, _ cartSweep) error {
		_, err := a.checkout.SweepCarts(ctx)
		return err
	})
	jobs.Handle(a.workers, 50*time.Second, func(ctx context.Context, _ pruneKeys) error {
		_, err := database.PruneInvalidations(ctx, a.db, keysKept)
		return err
	})
	jobs.Handle(a.workers, 5*time.Minute, func(ctx context.Context, _ papers) error {
		_, err := a.curation.RunCertificates(ctx)
		return err
	})
	a.workers.Every(papersEvery, papers{})
	a.workers.Every(keysKept, pruneKeys{})
	a.workers.Every(orderTimersEvery, orderTimers{})
	a.workers.Every(orderTimersEvery, quoteTimers{})
	a.workers.Every(orderTimersEvery, goLive{})
	a.workers.Every(orderTimersEvery, waitingList{})
	a.workers.Every(24*time.Hour, cartSweep{})
	jobs.Handle(a.workers, 2*time.Minute, func(ctx context.Context, _ drawShares) error {
		_, err := a.catalog.DrawShares(ctx, a.pictures)
		return err
	})
	a.workers.EverySlow(drawSharesEvery, drawShares{})
	a.retention()
}

const (
	orderTimersEvery = 30 * time.Second
	drawSharesEvery  = time.Minute
	// papersEvery is how late a product may be suspended after its certificate
	// ended; nothing is sold meanwhile.
	papersEvery = time.Minute
	// keysKept is how long invalidations are kept: far longer than any instance
	// reads back, short enough that the table stays small under load.
	keysKept = 10 * time.Minute
)

// provers are the packages' own proofs, for the audit.
func (a *app) provers() []audit.Prover {
	return []audit.Prover{
		a.accounts, a.pictures, a.catalog, a.curation, a.finance, a.shares, a.reviews,
		audit.Of(a.db, payment.Prove), audit.Of(a.db, order.Prove), audit.Of(a.db, checkout.Prove),
		audit.Of(a.db, quote.Prove), audit.Of(a.db, delivery.Prove), audit.Of(a.db, book.Prove), audit.Of(a.db, program.Prove),
	}
}

// site composes the web server.
func (a *app) site() (*web.Site, error) { return server.New(a.parts()) }

func (a *app) parts() server.Parts {
	var demoCode signin.DemoCode
	if a.demo {
		demoCode = func(ctx context.Context, userID int64) (string, bool, error) {
			return demo.Code(ctx, a.accounts, userID)
		}
	}
	return server.Parts{
		Settings: a.settings, Log: a.log, DB: a.db, Demo: a.demo, DemoCode: demoCode, Ready: a.ready, Watch: a.metrics, System: a.system(),
		Accounts: a.accounts, Pictures: a.pictures, Messages: a.messages, Catalog: a.catalog, Delivery: a.delivery, Payments: a.payments,
		Books: a.books, Orders: a.orders, Checkout: a.checkout, Quotes: a.quotes, Curation: a.curation, Library: a.library, Finance: a.finance, Shares: a.shares, Book: a.book, Program: a.program, Reviews: a.reviews,
	}
}

// close lets go of everything open.
func (a *app) close(context.Context) error {
	var err error
	if a.bucket != nil {
		err = a.bucket.Close()
	}
	if cerr := a.db.Close(); cerr != nil {
		err = errors.Join(err, fmt.Errorf("close the database: %w", cerr))
	}
	return err
}
