//go:build !unix

package database

import "os"

// lockFile does not lock where there is no flock: such systems are for trying
// the demo, not for serving.
func lockFile(*os.File) (taken bool, err error) { return false, nil }
