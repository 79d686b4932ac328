package payment_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/payment"
)

// An e-wallet is a phone number; a bank account is any number.
func TestCheckBank_wallets(t *testing.T) {
	for number, good := range map[string]bool{"0812-3456-7890": true, "+62 812 3456 7890": true, "1234567890": false, "0812": false, "08123456789012345": false} {
		err := payment.CheckBank(payment.CleanBank(payment.Bank{ChannelCode: "ID_DANA", AccountNumber: number, HolderName: "Sri"}))
		require.Equal(t, good, err == nil, number)
	}
	require.NoError(t, payment.CheckBank(payment.Bank{ChannelCode: "ID_BCA", AccountNumber: "1234567890", HolderName: "Sri"}))
}
