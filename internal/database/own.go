package database

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrOwned says that another process already serves an embedded database.
var ErrOwned = errors.New("database: another process serves this database")

// Own claims an embedded database for this process until release is called or
// the process ends, however it ends: the operating system keeps the lock, on a
// file beside the database. Two processes would each believe to be the only
// writer, double timers and starve each other. PostgreSQL is made for several
// instances: there Own does nothing. The folder must exist.
//
// Commands that serve, or that replace the file, call it before they open the
// database; reading commands do not.
func Own(address string) (release func() error, err error) {
	path, embedded := strings.CutPrefix(address, "sqlite:")
	if !embedded {
		return func() error { return nil }, nil
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	// The file stays for ever: removing it would let two processes lock two files.
	f, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	switch taken, err := lockFile(f); {
	case err != nil:
		return nil, errors.Join(fmt.Errorf("database: lock %s: %w", f.Name(), err), f.Close())
	case taken:
		who := make([]byte, 20)
		n, _ := f.ReadAt(who, 0)
		return nil, errors.Join(fmt.Errorf("%w: %s (process %s)", ErrOwned, path, strings.TrimSpace(string(who[:n]))), f.Close())
	}
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0) // for people only
	}
	return f.Close, nil
}
