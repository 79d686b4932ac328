package xenditsim

// The prices of this simulated account, in whole rupiah; real ones are in each
// merchant's contract. VAT comes on top, except of QRIS, whose rate contains it.
const (
	virtualAccountFee = 4_000
	retailFee         = 5_000
	payoutFee         = 2_500
	ewalletPerMille   = 15
	qrisPerMille      = 7
	vatPercent        = 11
)

// fee is what one payment or payout costs, rounded down.
type fee struct {
	Xendit int64 `json:"xendit_fee"`
	VAT    int64 `json:"value_added_tax"`
}

func (f fee) sum() int64 { return f.Xendit + f.VAT }

// paymentFee is the price of taking amount by a kind of channel. Direct debit has
// none here: no price of it is recorded.
func paymentFee(kind string, amount int64) fee {
	withVAT := func(x int64) fee { return fee{x, x * vatPercent / 100} }
	switch kind {
	case "BANK_TRANSFER":
		return withVAT(virtualAccountFee)
	case "RETAIL_OUTLET":
		return withVAT(retailFee)
	case "EWALLET":
		return withVAT(amount * ewalletPerMille / 1000)
	case "QR_CODE":
		return fee{Xendit: amount * qrisPerMille / 1000}
	}
	return fee{}
}

// charge is what the account's statement remembers of a payment or payout beside
// the object itself.
type charge struct {
	ID        string `json:"id"`         // txn_…
	ProductID string `json:"product_id"` // of a payment; a payout is its own product
	Fee       fee    `json:"fee"`
	At        stamp  `json:"at"`
}

func (c *charge) cost() int64 {
	if c == nil { // not paid, or stored before there were fees
		return 0
	}
	return c.Fee.sum()
}

// chargeFor makes the statement's line of something that costs f.
func (s *Simulator) chargeFor(f fee) *charge {
	if !s.settings.Fees {
		f = fee{}
	}
	return &charge{ID: "txn_" + randomUUID(), ProductID: randomUUID(), Fee: f, At: stamp(s.now())}
}

type transaction struct {
	ID               string         `json:"id"`
	ProductID        string         `json:"product_id"`
	Type             string         `json:"type"`
	Status           string         `json:"status"`
	ChannelCategory  string         `json:"channel_category"`
	ChannelCode      string         `json:"channel_code"`
	Account          *string        `json:"account_identifier"`
	ReferenceID      string         `json:"reference_id"`
	Currency         string         `json:"currency"`
	Amount           int64          `json:"amount"`
	NetAmount        int64          `json:"net_amount"`
	Cashflow         string         `json:"cashflow"`
	SettlementStatus *string        `json:"settlement_status"`
	EstimatedSettle  *stamp         `json:"estimated_settlement_time"`
	BusinessID       string         `json:"business_id"`
	Created          stamp          `json:"created"`
	Updated          stamp          `json:"updated"`
	Fee              transactionFee `json:"fee"`
}

type transactionFee struct {
	fee
	Withholding      int64  `json:"xendit_withholding_tax"`
	ThirdWithholding int64  `json:"third_party_withholding_tax"`
	Status           string `json:"status"`
}

// statementFee is the fee as the statement shows it: taken when the money moved.
func statementFee(f fee, moved bool) transactionFee {
	out := transactionFee{fee: f, Status: "PENDING"}
	switch {
	case f == fee{}:
		out.Status = "NOT_APPLICABLE"
	case moved:
		out.Status = "COMPLETED"
	}
	return out
}

var categories = map[string]string{
	"BANK_TRANSFER": "VIRTUAL_ACCOUNT", "EWALLET": "EWALLET", "QR_CODE": "QR_CODE", "RETAIL_OUTLET": "RETAIL_OUTLET", "DIRECT_DEBIT": "DIRECT_DEBIT",
}

func (v *invoice) transaction() transaction {
	c := v.Sim.Charge
	product, status := v.Sim.PaymentID, "PENDING"
	if product == "" {
		product = c.ProductID
	}
	if v.Status == settled {
		status = "SETTLED"
	}
	return transaction{
		ID: c.ID, ProductID: product, Type: "PAYMENT", Status: "SUCCESS", ChannelCategory: categories[v.PaymentMethod], ChannelCode: v.PaymentChannel,
		ReferenceID: v.ExternalID, Currency: v.Currency, Amount: v.PaidAmount, NetAmount: v.PaidAmount - c.Fee.sum(), Cashflow: "MONEY_IN",
		SettlementStatus: &status, EstimatedSettle: v.Sim.SettleAt, BusinessID: userID, Created: c.At, Updated: v.Updated,
		Fee: statementFee(c.Fee, v.Status == settled),
	}
}

func (p *payout) transaction() transaction {
	c := p.Sim.Charge
	status := "SUCCESS"
	if p.Status == "REVERSED" {
		status = "REVERSED"
	}
	return transaction{
		ID: c.ID, ProductID: p.ID, Type: "DISBURSEMENT", Status: status, ChannelCategory: "BANK", ChannelCode: p.ChannelCode,
		Account: &p.Properties.Number, ReferenceID: p.ReferenceID, Currency: p.Currency, Amount: p.Amount, NetAmount: p.Amount + c.Fee.sum(),
		Cashflow: "MONEY_OUT", BusinessID: userID, Created: c.At, Updated: p.Updated, Fee: statementFee(c.Fee, true),
	}
}

// badStatement refuses a query; this endpoint has an envelope of its own.
func badStatement(name, message string) (int, any) {
	return 400, struct {
		Message    string `json:"message"`
		Error      string `json:"error"`
		Code       string `json:"error_code"`
		Status     int    `json:"status_code"`
		Validation any    `json:"validation"`
	}{message, "API_VALIDATION_ERROR", "API_VALIDATION_ERROR", 400, struct {
		Errors []pathError `json:"errors"`
	}{[]pathError{{".query." + name, message}}}}
}
