package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"gorm.io/gorm"

	"github.com/lapak-berdaya/lapak/account"
	"github.com/lapak-berdaya/lapak/internal/calendar"
	"github.com/lapak-berdaya/lapak/internal/database"
	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/program"
)

// userCommands are for whoever has the machine: the first admin, who is invited
// by nobody, and the way back when no second admin is there to help.
type userCommands struct {
	Add         userAddCommand         `cmd:"" help:"Tambah petugas, misalnya admin pertama, dan cetak kode masuk sekali pakai."`
	List        userListCommand        `cmd:"" help:"Daftar petugas: peran dan langkah kedua."`
	Code        userCodeCommand        `cmd:"" help:"Cetak kode masuk sekali pakai untuk seseorang."`
	ResetFactor userResetFactorCommand `cmd:"" name:"reset-factor" help:"Lepas langkah kedua seseorang, misalnya satu-satunya admin yang HP-nya hilang."`
	EndRole     userEndRoleCommand     `cmd:"" name:"end-role" help:"Akhiri satu peran seseorang."`
}

// onUsers opens the installation, brings its schema up to date and runs the work.
func (p place) onUsers(ctx context.Context, work func(a *app, out io.Writer) error) error {
	s, err := p.settings()
	if err != nil {
		return err
	}
	if len(s.SecretKeys) == 0 {
		return errors.New("LAPAK_SECRET_KEYS belum diisi: kode masuk ditandatangani dengan kunci yang sama dengan serve")
	}
	a, err := open(ctx, s, slog.New(slog.DiscardHandler), choices{})
	if err != nil {
		return err
	}
	defer func() { _ = a.close(ctx) }()
	if _, err := migrate(ctx, a.db); err != nil {
		return err
	}
	return work(a, os.Stdout)
}

type userAddCommand struct {
	place
	Name     string `arg:"" help:"Nama lengkap."`
	Phone    string `arg:"" help:"Nomor HP, misalnya 0812-3456-7890."`
	Role     string `help:"Peran: admin, officer, curator, companion, finance, head." required:"" enum:"admin,officer,curator,companion,finance,head"`
	Agency   string `help:"Nama lembaga; dibuat bila belum ada."`
	Province string `help:"Kode provinsi tempat bertugas, misalnya 35." required:""`
}

// Run adds a person with a working role.
func (c userAddCommand) Run(ctx context.Context) error {
	return c.onUsers(ctx, func(a *app, out io.Writer) error { return c.add(ctx, a, out) })
}

func (c userAddCommand) add(ctx context.Context, a *app, out io.Writer) error {
	agency, err := a.agencyNamed(ctx, c.Agency, c.Province)
	if err != nil {
		return err
	}
	role := account.Role(c.Role)
	if agency == 0 && role != account.RoleAdmin {
		return errors.New("--agency belum diisi: hanya admin yang tidak perlu lembaga")
	}
	var user account.User
	err = database.InTx(ctx, a.db, func(tx *gorm.DB) (err error) {
		user, err = a.accounts.InviteTx(ctx, tx, account.System, account.NewUser{Name: c.Name, Phone: c.Phone, DistrictCode: c.Province})
		return err
	})
	if err != nil {
		return err
	}
	if _, err := a.accounts.AssignRole(ctx, account.System, user.ID, role, agency, []string{c.Province}); err != nil {
		return err
	}
	return a.printCode(ctx, out, user)
}

// agencyNamed finds an agency by name or founds it; 0 for no name.
func (a *app) agencyNamed(ctx context.Context, name, province string) (int64, error) {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" {
		return 0, nil
	}
	all, err := a.program.Agencies(ctx)
	if err != nil {
		return 0, err
	}
	if i := slices.IndexFunc(all, func(g program.Agency) bool { return strings.EqualFold(g.Name, name) }); i >= 0 {
		return all[i].ID, nil
	}
	founded, err := a.program.FoundAgency(ctx, account.System, name, province)
	return founded.ID, err
}

func (a *app) printCode(ctx context.Context, out io.Writer, user account.User) error {
	code, expires, err := a.accounts.IssueCode(ctx, account.System, user.ID)
	if err != nil {
		return err
	}
	base := "/masuk"
	if a.settings.BaseURL != nil {
		base = strings.TrimSuffix(a.settings.BaseURL.String(), "/") + base
	}
	fmt.Fprintf(out, "%s, %s\n  kode masuk  %s\n  berlaku     sampai %s, satu kali\n  masuk di    %s: isi nomor HP, lalu pilih \"Saya sudah punya kode\"\n",
		user.Name, user.Phone, code, calendar.DateTime(expires, "31"), base)
	return nil
}

type userListCommand struct{ place }

// Run lists everybody with a role, proposed or working.
func (c userListCommand) Run(ctx context.Context) error {
	return c.onUsers(ctx, func(a *app, out io.Writer) error { return listUsers(ctx, a, out) })
}

func listUsers(ctx context.Context, a *app, out io.Writer) error {
	staff, err := a.accounts.Staff(ctx, account.System)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "nama\tnomor HP\tperan\tlangkah kedua\tkeadaan")
	for _, s := range staff {
		var roles []string
		for _, r := range s.Roles {
			name := string(r.Role)
			if r.State == account.GrantProposed {
				name += " (diusulkan)"
			}
			roles = append(roles, name)
		}
		factor := "belum"
		if s.Factor {
			factor = "terpasang"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", s.User.Name, s.User.Phone, strings.Join(roles, ", "), factor, s.User.State)
	}
	return table.Flush()
}

type userCodeCommand struct {
	place
	Phone string `arg:"" help:"Nomor HP."`
}

// Run prints a one-time code.
func (c userCodeCommand) Run(ctx context.Context) error {
	return c.onUsers(ctx, func(a *app, out io.Writer) error {
		user, err := a.known(ctx, c.Phone)
		if err != nil {
			return err
		}
		return a.printCode(ctx, out, user)
	})
}

func (a *app) known(ctx context.Context, phone string) (account.User, error) {
	user, err := a.accounts.UserByPhone(ctx, phone)
	if fault.Is(err, fault.KindNotFound) {
		return user, fmt.Errorf("tidak ada orang dengan nomor %s", phone)
	}
	return user, err
}

type userResetFactorCommand struct {
	place
	Phone string `arg:"" help:"Nomor HP."`
}

// Run ends somebody's second factor, password and sessions, and prints a code.
func (c userResetFactorCommand) Run(ctx context.Context) error {
	return c.onUsers(ctx, func(a *app, out io.Writer) error { return c.reset(ctx, a, out) })
}

func (c userResetFactorCommand) reset(ctx context.Context, a *app, out io.Writer) error {
	user, err := a.known(ctx, c.Phone)
	if err != nil {
		return err
	}
	err = a.accounts.ResetFactor(ctx, account.System, user.ID)
	if fault.Is(err, fault.KindNotFound) {
		return fmt.Errorf("%s tidak punya langkah kedua", user.Name)
	}
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(out, "Langkah kedua, kata sandi, dan semua perangkat sudah dilepas.")
	return a.printCode(ctx, out, user)
}

type userEndRoleCommand struct {
	place
	Phone string `arg:"" help:"Nomor HP."`
	Role  string `arg:"" help:"Peran yang diakhiri." enum:"admin,officer,curator,companion,finance,head"`
}

// Run ends a working role.
func (c userEndRoleCommand) Run(ctx context.Context) error {
	return c.onUsers(ctx, func(a *app, out io.Writer) error { return c.end(ctx, a, out) })
}

func (c userEndRoleCommand) end(ctx context.Context, a *app, out io.Writer) error {
	user, err := a.known(ctx, c.Phone)
	if err != nil {
		return err
	}
	grants, err := a.accounts.RoleGrants(ctx, account.System, user.ID)
	if err != nil {
		return err
	}
	ended := 0
	for _, g := range grants {
		if g.Role == account.Role(c.Role) && g.State == account.GrantActive {
			if err := a.accounts.EndRole(ctx, account.System, g.ID); err != nil {
				return err
			}
			ended++
		}
	}
	if ended == 0 {
		return fmt.Errorf("%s tidak punya peran %s", user.Name, c.Role)
	}
	_, _ = fmt.Fprintf(out, "Peran %s milik %s sudah berakhir.\n", c.Role, user.Name)
	return nil
}
