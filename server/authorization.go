package server

import (
	_ "embed"

	"github.com/lapak-berdaya/lapak/server/web"
)

//go:embed authorization.csv
var authorization string

// Rules reads who may come to which address: server/authorization.csv, which is
// part of the program. A faulty file is an error and stops the start.
func Rules() (web.Rules, error) { return web.ReadRules(authorization) }
