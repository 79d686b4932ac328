package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
)

// ErrExists says that a file of that name is there already.
var ErrExists = errors.New("backup: the file exists")

// FileOptions of WriteFile.
type FileOptions struct {
	Options
	Force    bool // replace a file of that name
	NoVerify bool // do not read the file back
}

// WriteFile writes a backup into a file that only its owner reads, or none: it
// writes beside the final name, flushes to the disk, reads everything back and
// checks every sum, and only then gives it its name. For reading an encrypted file
// back, a key that is forgotten at once is one more that opens it.
func WriteFile(ctx context.Context, from Store, name string, o FileOptions) (Summary, error) {
	if _, err := os.Lstat(name); err == nil && !o.Force {
		return Summary{}, fmt.Errorf("%w: %s", ErrExists, name)
	}
	var identities []age.Identity
	if len(o.Recipients) > 0 && !o.NoVerify {
		once, err := age.GenerateX25519Identity()
		if err != nil {
			return Summary{}, fmt.Errorf("backup: %w", err)
		}
		identities, o.Recipients = []age.Identity{once}, append(slices.Clone(o.Recipients), once.Recipient())
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".lapak-backup-*") // mode 0600
	if err != nil {
		return Summary{}, fmt.Errorf("backup: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // without effect once it has its name
	found, err := Write(ctx, from, f, o.Options)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return found, err
	}
	problems := found.Problems
	if !o.NoVerify {
		if found, err = readBack(ctx, f.Name(), identities, o.Progress); err != nil {
			return found, fmt.Errorf("backup: the written file does not read back: %w", err)
		}
	} else if info, err := os.Stat(f.Name()); err == nil {
		found.Stored = info.Size()
	}
	found.Problems = problems
	if o.Force {
		err = os.Rename(f.Name(), name)
	} else if err = os.Link(f.Name(), name); errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("%w: %s", ErrExists, name)
	} else if err != nil { // a file system without links
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return found, err
	}
	return found, syncFolder(filepath.Dir(name))
}

func readBack(ctx context.Context, name string, identities []age.Identity, progress Progress) (Summary, error) {
	f, err := os.Open(name)
	if err != nil {
		return Summary{}, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return Summary{}, err
	}
	return Check(ctx, f, identities, func(phase string, done, _ int64) { progress.tell(phase, done, info.Size()) })
}

// syncFolder makes a new name survive a power cut.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	_ = d.Sync() // some file systems cannot, and need not
	return d.Close()
}

// named are the files that Name names; only these does Keep delete.
var named = regexp.MustCompile(`^lapak-\d{8}-\d{6}Z\.(tar\.zst|tar\.zst\.age)$`)

// Name is the name of a backup taken at a time, in a folder of backups.
func Name(at time.Time, encrypted bool) string {
	name := at.UTC().Format("lapak-20060102-150405Z") + ".tar.zst"
	if encrypted {
		name += ".age"
	}
	return name
}

// leftover is how old a file of an interrupted backup must be before it is rubbish.
const leftover = 24 * time.Hour

// Keep deletes all but the newest n backups of a folder, and returns the names of
// those it deleted. It deletes only what has a name and a beginning that this
// package writes, and files that an interrupted backup left a day ago.
func Keep(folder string, n int) ([]string, error) {
	entries, err := os.ReadDir(folder) // by name, which is by time
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	var ours, deleted []string
	for _, e := range entries {
		switch info, err := e.Info(); {
		case err != nil || !info.Mode().IsRegular():
		case strings.HasPrefix(e.Name(), ".lapak-backup-") && time.Since(info.ModTime()) > leftover:
			_ = os.Remove(filepath.Join(folder, e.Name()))
		case named.MatchString(e.Name()) && isBackup(filepath.Join(folder, e.Name())):
			ours = append(ours, e.Name())
		}
	}
	for _, name := range ours[:max(0, len(ours)-max(n, 1))] {
		if err := os.Remove(filepath.Join(folder, name)); err != nil {
			return deleted, fmt.Errorf("backup: %w", err)
		}
		deleted = append(deleted, name)
	}
	return deleted, nil
}

func isBackup(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	start := make([]byte, len(ageMagic))
	if _, err := io.ReadFull(f, start); err != nil {
		return false
	}
	return string(start) == ageMagic || strings.HasPrefix(string(start), zstdMagic)
}
