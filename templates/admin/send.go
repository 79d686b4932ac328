package admin

import "github.com/lapak-berdaya/lapak/templates/view"

// Send is what couriers cost, how they weigh, and when they pause.
type Send struct {
	Page     view.Private
	Errors   view.Errors
	Zones    []ZoneRate
	Carriers []CarrierForm
	Live     string // which tariff table is in use
	Cutoffs  []CutoffRow
	Cutoff   CutoffRow // as typed, days as date fields write them
	Ways     []view.Option
}

// ZoneRate is the price of one zone.
type ZoneRate struct {
	Zone, Name, PerKg, DaysMin, DaysMax string
}

// CarrierForm is one carrier, or the form of a new one.
type CarrierForm struct {
	Key, Code, Title, Note, Name, Tolerance, Divisor string
	Active, New                                      bool
}

// CutoffRow is one pause before a holiday.
type CutoffRow struct {
	ID, Name, Way, Last, Resumes string
}

// TariffTable reads a tariff table.
type TariffTable struct {
	Page       view.Private
	Live       string
	Faults     []TariffFault
	FaultCount string
	Draft      *TariffDraft
}

// TariffFault is what is wrong with one line.
type TariffFault struct{ Line, Text string }

// TariffDraft is a table that was read without a fault.
type TariffDraft struct {
	ID, File, Change string
	Sums             []TariffSum
}

// TariffSum is what a table holds of one service.
type TariffSum struct{ Carrier, Service, Rows, PerKg string }
