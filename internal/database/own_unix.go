//go:build unix

package database

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes the file for this process; taken says that another has it.
func lockFile(f *os.File) (taken bool, err error) {
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}
