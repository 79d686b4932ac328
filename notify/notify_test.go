package notify_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/database/dbtest"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/id"
	"github.com/lapak-berdaya/lapak/internal/jobs"
	"github.com/lapak-berdaya/lapak/notify"
)

// post is a mailer and a WhatsApp that remember, and fail on demand.
type post struct {
	mails, chats []string
	keys         []string // of the chats tried and the mails sent
	broken       bool
	refuse       bool // for good
}

func (p *post) Mail(_ context.Context, l notify.Letter) error {
	if p.broken {
		return errors.New("no connection")
	}
	p.keys = append(p.keys, l.Key)
	p.mails = append(p.mails, l.To+"|"+l.Subject+"|"+l.Body)
	return nil
}

func (p *post) WhatsApp(_ context.Context, c notify.Chat) error {
	p.keys = append(p.keys, c.Key)
	if p.refuse {
		return fmt.Errorf("%w: no such number", notify.ErrRefused)
	}
	if p.broken {
		return errors.New("no connection")
	}
	p.chats = append(p.chats, c.To+"|"+c.Body)
	return nil
}

type world struct {
	db   *database.DB
	post *post
	svc  *notify.Service
	user account.User
}

func newWorld(t *testing.T, db *database.DB, keep bool) *world {
	queue, err := jobs.NewQueue(db)
	require.NoError(t, err)
	w := &world{db: db, post: &post{}}
	w.svc = notify.NewService(db, queue, notify.Options{BaseURL: "https://lapak.test/", Mail: w.post, WhatsApp: w.post, KeepSecrets: keep})
	accounts := account.NewService(db, id.NewKeys("uji"))
	require.NoError(t, database.InTx(t.Context(), db, func(tx *gorm.DB) (err error) {
		w.user, err = accounts.InviteTx(t.Context(), tx, account.System, account.NewUser{Name: "Wening", Phone: "081200000021", DistrictCode: "35.20.08"})
		return err
	}))
	return w
}

func (w *world) send(t *testing.T, m notify.Message) {
	t.Helper()
	require.NoError(t, database.InTx(t.Context(), w.db, func(tx *gorm.DB) error { return w.svc.SendTx(t.Context(), tx, m) }))
}

func (w *world) deliverAll(t *testing.T) (failed int) {
	t.Helper()
	rows, err := w.svc.Outbox(t.Context())
	require.NoError(t, err)
	for _, r := range rows {
		if w.svc.Deliver(t.Context(), r.ID) != nil {
			failed++
		}
	}
	return failed
}

func TestEachChannelThatSomebodyHas(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, false)
		w.send(t, notify.Message{
			Kind: "purchase_paid", Link: "/pembayaran/abc", Data: map[string]string{"total": "Rp217.000"},
			To: notify.Recipient{UserID: w.user.ID, Name: "Wening", Phone: "+6281200000021", Email: "wening@lapak.test"},
		})
		require.Zero(t, w.deliverAll(t))
		require.Len(t, w.post.mails, 1)
		require.Contains(t, w.post.mails[0], "Rp217.000")
		require.Contains(t, w.post.mails[0], "https://lapak.test/pembayaran/abc")
		require.Len(t, w.post.chats, 1)
		inbox, err := w.svc.Inbox(t.Context(), w.user.ID)
		require.NoError(t, err)
		require.Len(t, inbox, 1)
		require.Equal(t, "/pembayaran/abc", inbox[0].Link)

		require.Zero(t, w.deliverAll(t), "a job that runs again sends nothing twice")
		require.Len(t, w.post.mails, 1)

		n, err := w.svc.Unread(t.Context(), w.user.ID)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.NoError(t, w.svc.MarkRead(t.Context(), w.user.ID+1, inbox[0].ID), "nobody else's inbox")
		n, err = w.svc.Unread(t.Context(), w.user.ID)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.NoError(t, w.svc.MarkRead(t.Context(), w.user.ID, inbox[0].ID))
		n, err = w.svc.Unread(t.Context(), w.user.ID)
		require.NoError(t, err)
		require.Zero(t, n)
	})
}

func TestNobodyIsToldOfWhatDidNotHappen(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		w := newWorld(t, db, false)
		undo := errors.New("undo")
		require.ErrorIs(t, database.InTx(t.Context(), db, func(tx *gorm.DB) error {
			require.NoError(t, w.svc.SendTx(t.Context(), tx, notify.Message{Kind: "purchase_paid", To: notify.Recipient{UserID: w.user.ID, Phone: "+6281200000021"}}))
			return undo
		}), undo)
		rows, err := w.svc.Outbox(t.Context())
		require.NoError(t, err)
		require.Empty(t, rows)
		inbox, err := w.svc.Inbox(t.Context(), w.user.ID)
		require.NoError(t, err)
		require.Empty(t, inbox)
	})
}

func TestACodeIsForgottenOnceSentAndNeverInTheInbox(t *testing.T) {
	dbtest.Run(t, func(t *testing.T, db *database.DB) {
		for _, keep := range []bool{false, true} {
			if keep {
				db = dbtest.SQLiteDB(t)
			}
			w := newWorld(t, db, keep)
			w.send(t, notify.Message{Kind: "sign_in_code", Secret: true, Data: map[string]string{"kode": "123456"}, To: notify.Recipient{UserID: w.user.ID, Phone: "+6281200000021"}})
			w.post.broken = true
			require.Equal(t, 1, w.deliverAll(t), "the job hears of it and tries again")
			w.post.broken = false
			require.Zero(t, w.deliverAll(t))
			require.Contains(t, w.post.chats[0], "123456")
			require.Len(t, w.post.keys, 2)
			require.Len(t, w.post.keys[0], 32)
			require.Equal(t, w.post.keys[0], w.post.keys[1], "both attempts are the same message to whoever passes it on")
			rows, err := w.svc.Outbox(t.Context())
			require.NoError(t, err)
			require.Equal(t, "sent", rows[0].State)
			require.Equal(t, keep, rows[0].Body != "")
			inbox, err := w.svc.Inbox(t.Context(), w.user.ID)
			require.NoError(t, err)
			require.Empty(t, inbox)
		}
	})
}

func TestCallsAreDoneByTheirOwnCompanion(t *testing.T) {
	db := dbtest.SQLiteDB(t)
	w := newWorld(t, db, false)
	calls, err := w.svc.Calls(t.Context(), w.user.ID)
	require.NoError(t, err)
	require.Empty(t, calls)
	require.True(t, fault.Is(w.svc.CallDone(t.Context(), w.user.ID, 1), fault.KindNotFound))
}
