package id

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	older = "an-older-key-of-more-than-32-characters"
	newer = "the-newer-key-of-more-than-32-characters"
)

func TestSealedValuesOpenOnlyWithTheirKeyAndPurpose(t *testing.T) {
	k := NewKeys(older)
	sealed := k.Seal("nik", "3519030101900001")
	require.NotContains(t, sealed, "3519")
	require.NotEqual(t, sealed, k.Seal("nik", "3519030101900001"), "the same number looks the same twice")
	plain, err := k.Open("nik", sealed)
	require.NoError(t, err)
	require.Equal(t, "3519030101900001", plain)

	_, err = k.Open("bank", sealed)
	require.ErrorIs(t, err, ErrSealed, "another purpose opens it")
	_, err = NewKeys(newer).Open("nik", sealed)
	require.ErrorIs(t, err, ErrSealed, "another key opens it")
	for _, broken := range []string{"x", "s1.x", strings.Replace(sealed, "s1.", "s2.", 1), sealed[:len(sealed)-2], sealed[:14], sealed + "AA"} {
		_, err = k.Open("nik", broken)
		require.ErrorIs(t, err, ErrSealed, broken)
	}
	empty, err := k.Open("nik", k.Seal("nik", ""))
	require.NoError(t, err)
	require.Empty(t, empty)
}

func TestSealedValuesOutliveARotation(t *testing.T) {
	before := NewKeys(older)
	sealed, index := before.Seal("nik", "3519030101900001"), before.Index("nik", "3519030101900001")
	during := NewKeys(newer, older)
	plain, err := during.Open("nik", sealed)
	require.NoError(t, err)
	require.Equal(t, "3519030101900001", plain)
	require.True(t, during.Stale(sealed))
	require.False(t, during.Stale(during.Seal("nik", plain)))
	require.False(t, during.Stale(""))
	require.Contains(t, during.Indexes("nik", plain), index)
	require.NotContains(t, during.Indexes("bank", plain), index)
	_, err = NewKeys(newer).Open("nik", during.Seal("nik", plain))
	require.NoError(t, err)
	require.Empty(t, during.Index("nik", ""))
}
