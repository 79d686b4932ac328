package payment

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/lapak-berdaya/lapak/internal/fault"
	"github.com/lapak-berdaya/lapak/internal/money"
)

//go:embed channels.json
var channelsJSON []byte

// Channel is one way to pay, with its settings (channels.json says where they
// come from).
type Channel struct {
	Code          string       `json:"code"` // the gateway's payment_channel
	Name          string       `json:"name"`
	Kind          string       `json:"kind"` // qris, virtual_account, ewallet, retail, card, direct_debit, paylater
	Min           money.Rupiah `json:"min"`
	Max           money.Rupiah `json:"max"`
	SettlesInDays int          `json:"settles_in_days"` // business days, 0 at once
	Refund        bool         `json:"refund"`          // refunds go back through the channel
	PartialRefund bool         `json:"partial_refund"`
	RefundDays    int          `json:"refund_days"` // days after paying
	Note          string       `json:"note"`
}

// PayoutChannel is one place money can be sent to.
type PayoutChannel struct {
	Code string       `json:"code"`
	Name string       `json:"name"`
	Kind string       `json:"kind"` // bank, ewallet
	Min  money.Rupiah `json:"min"`
	Max  money.Rupiah `json:"max"`
}

type channelData struct {
	LargestInvoice money.Rupiah    `json:"largest_invoice"`
	Payment        []Channel       `json:"payment"`
	Payout         []PayoutChannel `json:"payout"`
}

var channels = sync.OnceValue(func() channelData {
	var d channelData
	if err := json.Unmarshal(channelsJSON, &d); err != nil {
		panic(err) // embedded and tested: cannot fail in a built program
	}
	return d
})

// Channels lists the ways to pay that take this amount as published, in the order to
// show; Service.Offered is what operators made of it.
func Channels(amount money.Rupiah) []Channel {
	var fit []Channel
	for _, c := range channels().Payment {
		if c.Min <= amount && amount <= c.Max {
			fit = append(fit, c)
		}
	}
	return fit
}

// ChannelByCode finds a way to pay by the gateway's code.
func ChannelByCode(code string) (Channel, bool) {
	for _, c := range channels().Payment {
		if c.Code == code {
			return c, true
		}
	}
	return Channel{}, false
}

// PayoutChannels lists where money can be sent to, in the order to show.
func PayoutChannels() []PayoutChannel {
	return append([]PayoutChannel(nil), channels().Payout...)
}

// PayoutChannelByCode finds a place money can be sent to.
func PayoutChannelByCode(code string) (PayoutChannel, bool) {
	for _, c := range channels().Payout {
		if c.Code == code {
			return c, true
		}
	}
	return PayoutChannel{}, false
}

// Largest is the largest amount of one payment.
func Largest() money.Rupiah { return channels().LargestInvoice }

// refundable decides whether a refund can go back through the channel the money
// came by: the channel's setting, its days, and whole sums only where parts are
// not allowed. already is what was refunded before this refund.
func refundable(all []ChannelSetting, p Payment, amount, already money.Rupiah, now time.Time) bool {
	c, ok := channelIn(all, p.Channel)
	if !ok || !c.Refund || p.PaidAt == nil || p.GatewayID == "" {
		return false
	}
	if now.After(p.PaidAt.AddDate(0, 0, c.RefundDays)) {
		return false
	}
	return c.PartialRefund || (amount == p.PaidAmount && already == 0)
}

// CleanBank is b as it is stored and sent: spaces, dots and dashes people type
// into account numbers are dropped.
func CleanBank(b Bank) Bank {
	b.ChannelCode = strings.TrimSpace(b.ChannelCode)
	b.AccountNumber = strings.NewReplacer(" ", "", "-", "", ".", "", "+", "").Replace(b.AccountNumber)
	b.HolderName = strings.Join(strings.Fields(b.HolderName), " ")
	return b
}

// CheckBank reports what is wrong with a destination, as a fault with the fields
// channel_code, account_number and holder_name. Lengths are checked loosely:
// banks change them, and the gateway refuses a wrong number with a sentence.
func CheckBank(b Bank) error {
	f := fault.Invalid("payment.bank.summary")
	channel, ok := PayoutChannelByCode(b.ChannelCode)
	if !ok {
		f = f.With("channel_code", "payment.bank.channel")
	}
	digits := strings.Trim(b.AccountNumber, "0123456789") == ""
	phone := strings.HasPrefix(b.AccountNumber, "08") || strings.HasPrefix(b.AccountNumber, "628")
	switch n := len(b.AccountNumber); {
	case channel.Kind == "ewallet" && (!digits || !phone || n < 10 || n > 15):
		f = f.With("account_number", "payment.bank.phone") // a wallet is a phone number
	case !digits || n < 5 || n > 20:
		f = f.With("account_number", "payment.bank.number")
	}
	if n := len([]rune(b.HolderName)); n < 2 || n > 100 || strings.ContainsFunc(b.HolderName, func(r rune) bool { return r < ' ' }) {
		f = f.With("holder_name", "payment.bank.holder")
	}
	return f.OrNil()
}

// hint is what may be shown of an account: the place and the last four digits.
func hint(b Bank) string {
	name := b.ChannelCode
	if c, ok := PayoutChannelByCode(b.ChannelCode); ok {
		name = c.Name
	}
	n := b.AccountNumber
	if len(n) > 4 {
		n = n[len(n)-4:]
	}
	return name + " ••••" + n
}
