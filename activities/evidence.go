package activities

import (
	"context"
	"encoding/base64"
	"time"

	store "github.com/creditroll/creditroll/db/evidence"
	"github.com/creditroll/creditroll/domain/evidence"
	"github.com/creditroll/creditroll/domain/fault"
)

// The steps that delete old evidence. The first three are of the database, the others of the storage for files.
var (
	// ListDueEvidence lists one page of evidence to delete.
	ListDueEvidence = Activity[DueEvidence, []EvidenceRef]{"ListDueEvidence"}
	// ForgetEvidence deletes the rows of evidence, by its ids, and returns how many there were.
	ForgetEvidence = Activity[[]string, int64]{"ForgetEvidence"}
	// FindUnknownBlobs returns the keys of files that no row has.
	FindUnknownBlobs = Activity[[]string, []string]{"FindUnknownBlobs"}
	// ListBlobs lists one page of the files that were stored before a time.
	ListBlobs = Activity[BlobsPage, BlobKeys]{"ListBlobs"}
	// DeleteBlobs deletes files by their keys.
	DeleteBlobs = Activity[[]string, None]{"DeleteBlobs"}
)

// DueEvidence requests evidence to delete, starting after an id.
type DueEvidence struct {
	EndedBefore      time.Time `json:"ended_before"`
	UnfinishedBefore time.Time `json:"unfinished_before"`
	After            string    `json:"after"`
	Limit            int       `json:"limit"`
}

// EvidenceRef identifies a piece of evidence. BlobKey is empty for a link.
type EvidenceRef struct {
	ID      string `json:"id"`
	BlobKey string `json:"blob_key,omitempty"`
}

// BlobsPage requests files, starting with the page of a token.
type BlobsPage struct {
	StoredBefore time.Time `json:"stored_before"`
	Token        string    `json:"token,omitempty"`
	Limit        int       `json:"limit"`
}

// BlobKeys are the files of a page. Next is the token of the next one, or empty.
type BlobKeys struct {
	Keys []string `json:"keys"`
	Next string   `json:"next,omitempty"`
}

// Blobs is the storage for files; blobs.Bucket is one.
type Blobs interface {
	// List returns a page of the files whose keys begin with prefix, and the token of the next page.
	List(ctx context.Context, prefix string, token []byte, size int) ([]evidence.Blob, []byte, error)
	// Delete deletes a file, if it exists.
	Delete(ctx context.Context, key string) error
}

// Storage has the calls to the storage for files.
type Storage struct {
	Blobs Blobs
}

// Register binds the activities of the storage.
func (s Storage) Register(registry Registry) {
	bind(registry, ListBlobs, s.list)
	bindAction(registry, DeleteBlobs, s.delete)
}

func (s Storage) list(ctx context.Context, in BlobsPage) (BlobKeys, error) {
	token, err := base64.StdEncoding.DecodeString(in.Token)
	if err != nil {
		return BlobKeys{}, fault.New(fault.Invalid, "blobs_token_malformed", "the token of a page of files is malformed").Because(err)
	}
	page, next, err := s.Blobs.List(ctx, evidence.BlobPrefix, token, in.Limit)
	found := BlobKeys{Keys: []string{}, Next: base64.StdEncoding.EncodeToString(next)}
	for _, blob := range page {
		if blob.ModifiedAt.Before(in.StoredBefore) {
			found.Keys = append(found.Keys, blob.Key)
		}
	}
	return found, err
}

func (s Storage) delete(ctx context.Context, keys []string) error {
	for _, key := range keys {
		if err := s.Blobs.Delete(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

func (l Ledger) registerEvidence(registry Registry) {
	bind(registry, ListDueEvidence, l.listDueEvidence)
	bind(registry, ForgetEvidence, l.Books.Evidence.Forget)
	bind(registry, FindUnknownBlobs, l.findUnknownBlobs)
}

func (l Ledger) listDueEvidence(ctx context.Context, in DueEvidence) ([]EvidenceRef, error) {
	pieces, err := l.Books.Evidence.ListDue(ctx, store.Due(in))
	refs := make([]EvidenceRef, len(pieces))
	for i, piece := range pieces {
		refs[i] = EvidenceRef{ID: piece.ID}
		if piece.Kind == evidence.File {
			refs[i].BlobKey = evidence.BlobKey(piece.ClipID, piece.ID)
		}
	}
	return refs, err
}

// findUnknownBlobs also returns keys that are not of a piece of evidence, such as the rest of an interrupted copy.
func (l Ledger) findUnknownBlobs(ctx context.Context, keys []string) ([]string, error) {
	keyOf, ids, unknown := map[string]string{}, []string{}, []string{}
	for _, key := range keys {
		if id := evidence.IDOfKey(key); id != "" {
			keyOf[id] = key
			ids = append(ids, id)
		} else {
			unknown = append(unknown, key)
		}
	}
	left, err := l.Books.Evidence.Unknown(ctx, ids)
	for _, id := range left {
		unknown = append(unknown, keyOf[id])
	}
	return unknown, err
}
