package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/catalog"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/runs"
	"github.com/lapak-berdaya/lapak/internal/trail"
)

// brokenJob fails until it is told not to.
type brokenJob struct{}

func (brokenJob) Kind() string { return "broken_test" }

// The page about the installation works while it is empty, tells what is wrong
// while things are broken, and shows no secret and nobody's name.
func TestThePageAboutTheInstallation(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		v := w.visitor(t)
		w.enter(t, v, w.person(t, "Admin Uji", "081200000109", account.RoleAdmin, 0).UserID)
		p, err := v.get("/admin/sistem")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p.status)
		for _, part := range []string{"program", "database", "pekerjaan", "gateway", "money", "messages", "pictures", "runs", "review"} {
			require.Equal(t, 1, p.Find("section#"+part+" dl.sys").Length(), part)
		}
		require.Contains(t, p.Find("#runs").Text(), "Belum pernah")
		require.Contains(t, p.Find("#pictures").Text(), "Menjawab")
		require.Contains(t, p.body, "LAPAK_SECRET_KEYS")
		require.NotContains(t, p.body, w.settings.SecretKeys[0])
		require.NotContains(t, p.body, testToken)
		require.NotContains(t, p.body, testKey)
		require.NotContains(t, p.body, "Pembuat Uji")

		w.product(t, "Nastar", 40_000, catalog.ModeStock, 3)
		require.NoError(t, w.runs.Record(t.Context(), runs.Backup, time.Minute, runs.Result{Err: errors.New("no space left on device")}))
		require.NoError(t, w.runs.Record(t.Context(), runs.Audit, time.Minute, runs.Result{
			Found: true, Counts: map[string]int64{"findings": 1}, Report: "I1 allotment: allotments 17: taken 5 of 4",
		}))
		soon(t, "no picture is being made", func() bool {
			h, err := w.pictures.Health(context.Background())
			return err == nil && h.Waiting == 0
		})
		folder := strings.TrimPrefix(w.settings.MediaURL, "file://")
		require.NoError(t, os.Rename(folder, folder+".gone"))
		require.NoError(t, os.WriteFile(folder, nil, 0o600)) // no job makes the folder anew
		p, err = v.get("/admin/sistem")
		require.NoError(t, err)
		require.NoError(t, os.Remove(folder))
		require.NoError(t, os.Rename(folder+".gone", folder))
		require.Equal(t, http.StatusOK, p.status, "a broken storage breaks no page")
		require.Contains(t, p.Find("#pictures .bad").Text(), "Tidak menjawab")
		require.Contains(t, p.Find("#runs").Text(), "no space left on device")
		require.Contains(t, p.Find("#runs").Text(), "allotments 17")
		top := p.Find(".sys-problems").Text()
		for _, problem := range []string{"Foto: Penyimpanan", "Cadangan dan audit: Cadangan", "Cadangan dan audit: Audit"} {
			require.Contains(t, top, problem)
		}
		p, err = v.get("/admin")
		require.NoError(t, err)
		require.Contains(t, p.body, "Temuan audit")

		soon(t, "without its pictures the shop stays open", func() bool { // once its jobs run
			status, _ := read(t, w.url+"/readyz")
			return status == http.StatusOK
		})
		p, err = w.visitor(t).get("/admin/sistem")
		require.NoError(t, err)
		require.Equal(t, http.StatusSeeOther, p.status)
	})
}

// A failed job is tried again or forgotten by an administrator, with a trail.
func TestAFailedJobIsTriedAgainOrForgotten(t *testing.T) {
	eachEngine(t, func(t *testing.T, w *world) {
		actor := w.person(t, "Admin Uji", "081200000109", account.RoleAdmin, 0)
		desk := w.system().Jobs
		given := func() int64 {
			var id int64
			require.NoError(t, database.InTx(t.Context(), w.db, func(tx *gorm.DB) error {
				if err := w.queue.InsertTx(t.Context(), tx, brokenJob{}); err != nil {
					return err
				}
				if err := tx.Raw("SELECT max(id) FROM river_job WHERE kind = 'broken_test'").Scan(&id).Error; err != nil {
					return err
				}
				return tx.Exec("UPDATE river_job SET state = 'discarded', finalized_at = created_at WHERE id = ?", id).Error
			}))
			return id
		}
		first := given()
		require.Error(t, desk.Retry(t.Context(), w.curator, first), "not a curator")
		v := w.visitor(t)
		w.enter(t, v, actor.UserID)
		p, err := v.get("/admin/sistem")
		require.NoError(t, err)
		require.Contains(t, p.Find("#gagal").Text(), "broken_test")
		p, err = v.get(fmt.Sprintf("/admin/sistem/pekerjaan?id=%d", first))
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, p.status)
		for _, bad := range []string{"0", "x", "999999"} {
			p, err = v.get("/admin/sistem/pekerjaan?id=" + bad)
			require.NoError(t, err)
			require.Equal(t, http.StatusNotFound, p.status, bad)
		}
		act(t, v, "lupakan", first)
		rows, err := trail.Of(t.Context(), w.db.Read(t.Context()), "job", first)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		require.Equal(t, "remove_job", rows[0].Verb)
		require.Equal(t, "broken_test", rows[0].Note)
		require.Equal(t, actor.UserID, rows[0].ActorID)

		second := given()
		act(t, v, "ulang", second)
		rows, err = trail.Of(t.Context(), w.db.Read(t.Context()), "job", second)
		require.NoError(t, err)
		require.NotEmpty(t, rows)
		require.Equal(t, "retry_job", rows[len(rows)-1].Verb, "a forgotten job's number may come again")
	})
}

// act presses the button of an administrator who proved who they are.
func act(t *testing.T, v *visitor, what string, id int64) {
	t.Helper()
	p, err := v.post("/admin/sistem/pekerjaan", url.Values{"id": {fmt.Sprint(id)}, "aksi": {what}})
	require.NoError(t, err)
	require.Equal(t, http.StatusSeeOther, p.status, p.body)
	require.Equal(t, "/admin/sistem#pekerjaan", p.location)
}
