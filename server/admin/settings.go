package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
	"github.com/lapak-berdaya/lapak/internal/settings"
	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/server/web"
	pages "github.com/lapak-berdaya/lapak/templates/admin"
	"github.com/lapak-berdaya/lapak/templates/view"
)

// Settings are the bounds and waiting times that administrators change.
type Settings interface {
	List(ctx context.Context) ([]settings.Setting, error)
	Set(ctx context.Context, by int64, name settings.Name, amount int64) error
}

// SettingsOf are those of a database (package settings).
func SettingsOf(db *database.DB) Settings { return stored{db} }

type stored struct{ db *database.DB }

func (s stored) List(ctx context.Context) ([]settings.Setting, error) {
	return settings.List(ctx, s.db)
}

func (s stored) Set(ctx context.Context, by int64, name settings.Name, amount int64) error {
	return settings.Set(ctx, s.db, by, name, amount)
}

const settingsPath = "/admin/pengaturan"

// settings lists every setting; ?ubah=NAME opens one.
func (a area) settings(c *web.Ctx) error {
	return a.settingsPage(c, http.StatusOK, c.Query("ubah"), nil, nil)
}

func (a area) settingsPage(c *web.Ctx, status int, name string, typed *string, e view.Errors) error {
	if !c.Actor.Has(account.RoleAdmin) {
		return fault.NotFound("settings")
	}
	all, err := a.Settings.List(c.Context())
	if err != nil {
		return err
	}
	var ids []int64
	for _, s := range all {
		ids = append(ids, s.ChangedBy)
	}
	people, err := a.People.Users(c.Context(), ids)
	if err != nil {
		return err
	}
	v := pages.Settings{Page: a.frame(c, text.T("settingspage.title")), Errors: e, Table: view.Table{Caption: text.T("settingspage.table"), Columns: []view.Column{
		{Label: text.T("settingspage.col.name")}, {Label: text.T("settingspage.col.now"), Numeric: true},
	}}}
	for i, s := range all {
		label := text.T("settingspage.name." + string(s.Name))
		now := view.Cell{Text: said(s.Unit, s.Amount)}
		if s.ChangedBy > 0 {
			now.Note = text.T("settingspage.changed", "default", said(s.Unit, s.Default), "name", people[s.ChangedBy].Name, "at", calendar.DateTime(s.ChangedAt, "31"))
		}
		v.Table.Rows = append(v.Table.Rows, view.Row{Cells: []view.Cell{
			{Text: label, URL: settingsPath + "?ubah=" + url.QueryEscape(string(s.Name)) + "#ubah", Note: text.T("settingspage.hint." + string(s.Name))},
			now,
		}})
		if string(s.Name) == name {
			v.One = &pages.Setting{Name: name, Label: label, Hint: text.T("settingspage.hint." + name), Was: text.T("settingspage.was", "now", said(s.Unit, s.Amount), "default", said(s.Unit, s.Default)),
				Value: strconv.FormatInt(s.Amount, 10), History: "/admin/jejak?objek=setting&id=" + strconv.Itoa(i+1)}
			if s.Unit == settings.Rupiah {
				v.One.Prefix, v.One.Value = "Rp", money.Group(uint64(s.Amount))
			} else {
				v.One.Suffix = text.T("settingspage.unit." + string(s.Unit))
			}
			if typed != nil {
				v.One.Value = *typed
			}
		}
	}
	if name != "" && v.One == nil {
		return fault.NotFound("setting")
	}
	return c.Page(status, pages.SettingsPage(v))
}

// said is an amount with its unit.
func said(unit settings.Unit, amount int64) string {
	if unit == settings.Rupiah {
		return money.Rupiah(amount).String()
	}
	return strconv.FormatInt(amount, 10) + "\u00a0" + text.T("settingspage.unit."+string(unit))
}

// setSetting changes one setting.
func (a area) setSetting(c *web.Ctx) error {
	var in struct {
		Name   string `form:"nama"`
		Amount string `form:"amount"`
	}
	if err := c.Decode(&in); err != nil {
		return err
	}
	if !c.Actor.SignedIn() || !c.Actor.Has(account.RoleAdmin) {
		return fault.NotFound("settings")
	}
	if in.Name == "" {
		return fault.Invalid("finance.form.stale")
	}
	amount := int64(-1) // nothing that could be set
	if sum, err := money.Parse(strings.TrimSpace(in.Amount)); err == nil {
		amount = int64(sum)
	}
	err := a.Settings.Set(c.Context(), c.Actor.UserID, settings.Name(in.Name), amount)
	if web.Faulty(err) {
		return a.settingsPage(c, http.StatusUnprocessableEntity, in.Name, &in.Amount, web.Errors(err))
	}
	if err != nil {
		return err
	}
	c.Flash(view.Good, "settingspage.saved")
	return c.SeeOther(settingsPath)
}
