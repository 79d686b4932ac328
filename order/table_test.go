package order_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lapak-berdaya/lapak/internal/text"
	"github.com/lapak-berdaya/lapak/order"
)

var update = flag.Bool("update", false, "write docs/order-states.md anew")

// allowed is design §4 written out by hand: every state, move and party that may
// come together, for any order or for those that the words behind a slash name.
// The table must say exactly this.
var allowed = map[string]string{
	"awaiting_payment pay": "payment /gateway", "awaiting_payment begin": "payment /cod cash",
	"awaiting_payment pay_direct": "seller staff /direct", "lapsed pay_direct": "seller staff /direct",
	"awaiting_payment deny_direct": "seller staff /direct", "awaiting_payment lapse": "payment /gateway",
	"awaiting_payment lapse_direct": "timer /direct", "awaiting_payment give_up": "buyer /gateway direct",
	"lapsed pay_late": "payment /gateway", "cancelled pay_late": "payment /gateway",

	"to_do start": shop, "making finish": shop,
	"to_do refuse": shop + " /first", "making refuse": shop + " /first", "ready refuse": shop + " /first",
	"to_do refuse_part": shop + " /first", "making refuse_part": shop + " /first", "ready refuse_part": shop + " /first",
	"to_do propose_date": shop + " /window", "making propose_date": shop + " /window", "to_do accept_date": "buyer", "making accept_date": "buyer",
	"to_do decline_date": "buyer", "making decline_date": "buyer", "to_do call_off": "buyer /first", "making call_off": "buyer /first",

	"ready dispatch": shop + " /parcel", "ready hand_over": shop + " /pickup window", "not_collected hand_over": shop + " /pickup window",
	"ready not_collected":  shop + " timer /pickup window",
	"dispatched deliver":   "buyer staff timer /gateway direct; seller staff /cod",
	"dispatched turn_back": shop + " /parcel",
	"returning came_back":  shop + " /parcel",
	"returned send_again":  shop + " /parcel",
	"returned close":       shop + " /cod cash unpaid",
	"not_collected close":  shop + " /cod cash unpaid",
	"delivered complete":   "buyer timer /window",
	"delivered complain":   "buyer /window", "completed complain": "buyer /window",
	"disputed answer_complaint": "seller companion", "completed answer_complaint": "seller companion",
	"disputed replace": "staff",
	"disputed resolve": "staff", "returned resolve": "staff", "not_collected resolve": "staff",
	"making resolve": "staff /again", "ready resolve": "staff /again",
	"disputed propose_back": "staff /gateway", "returned propose_back": "staff /gateway", "not_collected propose_back": "staff /gateway",
	"making propose_back": "staff /gateway", "ready propose_back": "staff /gateway",
	"completed propose_back": "staff /gateway", "resolved propose_back": "staff /gateway",
	"completed refund_after": "staff", "resolved refund_after": "staff",

	"to_do take_cash": shop + " /outside unpaid", "making take_cash": shop + " /outside unpaid", "ready take_cash": shop + " /outside unpaid", "delivered take_cash": shop + " /outside unpaid",
	"to_do give": shop + " /outside", "making give": shop + " /outside", "ready give": shop + " /outside",
	"to_do undo_sale": shop + " /outside", "making undo_sale": shop + " /outside", "ready undo_sale": shop + " /outside",
	"delivered undo_sale": shop + " /outside", "completed undo_sale": shop + " /outside",
}

const shop = "seller companion staff"

// reach says where each move leads; "" is nowhere else.
var reach = map[order.Transition][]order.State{
	order.Pay: {order.ToDo}, order.Begin: {order.ToDo}, order.PayDirect: {order.ToDo}, order.DenyDirect: {""},
	order.PayLate: {order.ToDo}, order.Lapse: {order.Lapsed}, order.LapseDirect: {order.Lapsed}, order.GiveUp: {order.Cancelled},
	order.Start: {order.Making}, order.Finish: {order.Ready}, order.Dispatch: {order.Dispatched}, order.HandOver: {order.Delivered},
	order.Deliver: {order.Delivered}, order.Complete: {order.Completed}, order.RefusePart: {""}, order.Refuse: {order.Cancelled},
	order.ProposeDate: {""}, order.AcceptDate: {""}, order.DeclineDate: {""}, order.CallOff: {order.Cancelled},
	order.NotCollect: {order.NotCollected}, order.TurnBack: {order.Returning}, order.CameBack: {order.Returned},
	order.SendAgain: {order.Ready}, order.Close: {order.Resolved}, order.Complain: {order.Disputed, ""},
	order.AnswerComplaint: {""}, order.Replace: {order.Making}, order.Resolve: {order.Resolved}, order.RefundAfter: {""}, order.ProposeBack: {""},
	order.TakeCash: {"", order.Completed}, order.Give: {order.Delivered, order.Completed}, order.UndoSale: {order.Cancelled},
}

// mayBe reads allowed.
func mayBe(state order.State, name order.Transition, who order.Who, k order.Kind) bool {
	for row := range strings.SplitSeq(allowed[string(state)+" "+string(name)], ";") {
		people, orders, _ := strings.Cut(row, "/")
		if slices.Contains(strings.Fields(people), string(who)) && fits(strings.Fields(orders), k) {
			return true
		}
	}
	return false
}

func fits(words []string, k order.Kind) bool {
	payBy, named := false, false
	for _, w := range words {
		switch w {
		case "first", "again":
			if k.Again != (w == "again") {
				return false
			}
		case "pickup", "parcel":
			if k.Pickup != (w == "pickup") {
				return false
			}
		case "unpaid", "paid":
			if k.Paid != (w == "paid") {
				return false
			}
		case "outside", "window":
			if k.Outside != (w == "outside") {
				return false
			}
		default:
			named, payBy = true, payBy || w == string(k.PayBy)
		}
	}
	return payBy || !named
}

// kinds are all kinds of orders that can be.
func kinds() (all []order.Kind) {
	for _, payBy := range order.PaysBy {
		for _, pickup := range []bool{false, true} {
			if payBy == order.ByCOD && pickup || payBy == order.ByCash && !pickup {
				continue
			}
			for _, again := range []bool{false, true} {
				for _, paid := range []bool{false, true} {
					all = append(all, order.Kind{PayBy: payBy, Pickup: pickup, Again: again, Paid: paid})
					if payBy == order.ByCash {
						all = append(all, order.Kind{PayBy: payBy, Pickup: pickup, Again: again, Paid: paid, Outside: true})
					}
				}
			}
		}
	}
	return all
}

func TestTable(t *testing.T) {
	t.Parallel()
	found := map[string]bool{}
	for name, to := range reach {
		var leads []order.State
		for _, r := range order.RulesOf(name) {
			if !slices.Contains(leads, r.To) {
				leads = append(leads, r.To)
			}
		}
		require.Equal(t, to, leads, name)
	}
	for _, r := range order.Transitions {
		require.Contains(t, reach, r.Name)
	}
	for name := range reach {
		for _, state := range order.States {
			for _, who := range order.Everyone {
				for _, k := range kinds() {
					_, ok := order.Find(name, state, who, k)
					require.Equal(t, mayBe(state, name, who, k), ok, "%s %s %s %+v", state, name, who, k)
					found[string(state)+" "+string(name)] = found[string(state)+" "+string(name)] || ok
				}
			}
		}
	}
	for row := range allowed {
		require.True(t, found[row], row)
	}
	require.Empty(t, order.RulesOf("invented"))
}

// Every state can be reached from the first, and the wording exists for each.
func TestTableReachesEveryState(t *testing.T) {
	t.Parallel()
	seen := map[order.State]bool{order.AwaitingPayment: true}
	for range order.States {
		for _, r := range order.Transitions {
			for _, from := range r.From {
				if seen[from] && r.To != "" {
					seen[r.To] = true
				}
			}
		}
	}
	for _, s := range order.States {
		require.True(t, seen[s], s)
		require.True(t, text.Has("order.state."+string(s)), s)
	}
	for _, r := range order.Transitions {
		require.True(t, text.Has("order.event."+string(r.Name)), r.Name)
	}
}

func TestPossibleKeepsPickupAndParcelsApart(t *testing.T) {
	t.Parallel()
	pickup, parcel := order.Kind{PayBy: order.ByGateway, Pickup: true, Paid: true}, order.Kind{PayBy: order.ByGateway, Paid: true}
	require.NotContains(t, order.Possible(order.Ready, order.Seller, pickup), order.Dispatch)
	require.Contains(t, order.Possible(order.Ready, order.Seller, pickup), order.HandOver)
	require.Contains(t, order.Possible(order.Ready, order.Seller, parcel), order.Dispatch)
	require.NotContains(t, order.Possible(order.Ready, order.Seller, parcel), order.HandOver)
	require.Equal(t, []order.Transition{order.AnswerComplaint}, order.Possible(order.Completed, order.Seller, parcel))
}

// TestDiagram holds docs/order-states.md to the table.
func TestDiagram(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "docs", "order-states.md")
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(order.Mermaid()), 0o644))
	}
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, order.Mermaid(), string(file), "run go test ./order -run TestDiagram -update")
}
