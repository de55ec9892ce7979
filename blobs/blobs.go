// Package blobs keeps files outside the database: in a folder, or in a bucket of S3 or a service that speaks
// its protocol.
package blobs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	_ "gocloud.dev/blob/s3blob" // for s3:// addresses
	"gocloud.dev/gcerrors"

	"github.com/creditroll/creditroll/domain/evidence"
	"github.com/creditroll/creditroll/domain/fault"
)

// folderMode lets only the user of the process read the folder.
const folderMode os.FileMode = 0o700

// Bucket is a place for files. It is safe for concurrent use.
type Bucket struct {
	// shown is the address without its query, for messages.
	shown string
	open  func(context.Context) (*blob.Bucket, error)
	// folder is where the files are, or empty for a bucket of S3.
	folder string

	mu     sync.Mutex
	opened *blob.Bucket
}

// In returns a bucket in a folder. The folder is made with the first file, because most processes store none.
func In(folder string) *Bucket {
	return &Bucket{shown: folder, folder: folder, open: func(context.Context) (*blob.Bucket, error) {
		absolute, err := filepath.Abs(folder)
		if err != nil {
			return nil, err
		}
		// A temporary folder may be on another disk, from which a file cannot be renamed. Types and digests are in the
		// database, so there are no files for metadata.
		return fileblob.OpenBucket(absolute, &fileblob.Options{CreateDir: true, DirFileMode: folderMode, NoTempDir: true, Metadata: fileblob.MetadataDontWrite})
	}}
}

// At returns the bucket at an address of S3, such as "s3://name?region=eu-central-1". It returns fault.Invalid
// "blobs_url_malformed".
func At(address string) (*Bucket, error) {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "s3" || parsed.Host == "" || parsed.User != nil {
		return nil, fault.New(fault.Invalid, "blobs_url_malformed", "the address of the bucket must be like s3://name?region=eu-central-1, with the credentials in AWS's own variables")
	}
	shown := parsed.Scheme + "://" + parsed.Host
	return &Bucket{shown: shown, open: func(ctx context.Context) (*blob.Bucket, error) { return blob.OpenBucket(ctx, address) }}, nil
}

// String returns where the bucket is, without anything secret.
func (b *Bucket) String() string { return b.shown }

// bucket opens the bucket with its first use, and again after a failure.
func (b *Bucket) bucket(ctx context.Context) (*blob.Bucket, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opened != nil {
		return b.opened, nil
	}
	opened, err := b.open(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	b.opened = opened
	return opened, nil
}

// Write stores a file, in the place of one with the same key. Half a file is never visible.
func (b *Bucket) Write(ctx context.Context, key, contentType string, content []byte) error {
	bucket, err := b.bucket(ctx)
	if err != nil {
		return err
	}
	return translate(bucket.WriteAll(ctx, key, content, &blob.WriterOptions{ContentType: contentType, DisableContentTypeDetection: true}))
}

// Read opens a file, which the caller closes. It returns fault.NotFound "blob_not_found".
func (b *Bucket) Read(ctx context.Context, key string) (io.ReadCloser, error) {
	bucket, err := b.bucket(ctx)
	if err != nil {
		return nil, err
	}
	reader, err := bucket.NewReader(ctx, key, nil)
	if err != nil {
		return nil, translate(err)
	}
	return reader, nil
}

// Delete deletes a file. One that does not exist is deleted already.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	bucket, err := b.bucket(ctx)
	if err != nil {
		return err
	}
	if err = bucket.Delete(ctx, key); gcerrors.Code(err) == gcerrors.NotFound {
		return nil
	}
	return translate(err)
}

// List returns a page of files whose keys begin with prefix, and the token of the next page, which is empty after
// the last. The first page has an empty token.
func (b *Bucket) List(ctx context.Context, prefix string, token []byte, size int) (page []evidence.Blob, next []byte, err error) {
	if b.folder != "" {
		page, next, err = listFolder(os.DirFS(b.folder), prefix, token, size)
		if err != nil {
			return nil, nil, unavailable(err)
		}
		return page, next, nil
	}
	bucket, err := b.bucket(ctx)
	if err != nil {
		return nil, nil, err
	}
	if len(token) == 0 {
		token = blob.FirstPageToken
	}
	objects, next, err := bucket.ListPage(ctx, token, size, &blob.ListOptions{Prefix: prefix})
	if err != nil {
		return nil, nil, translate(err)
	}
	for _, object := range objects {
		page = append(page, evidence.Blob{Key: object.Key, ModifiedAt: object.ModTime})
	}
	return page, next, nil
}

// checkKey is the file that Check writes.
const checkKey = "check/creditroll"

// Check stores, reads and deletes a small file.
func (b *Bucket) Check(ctx context.Context) error {
	const content = "creditroll"
	if err := b.Write(ctx, checkKey, "text/plain", []byte(content)); err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	reader, err := b.Read(ctx, checkKey)
	if err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	read, err := io.ReadAll(reader)
	if err = errors.Join(err, reader.Close()); err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	if string(read) != content {
		return fault.New(fault.Internal, "blob_differs", "a file has another content than was written")
	}
	if err := b.Delete(ctx, checkKey); err != nil {
		return fmt.Errorf("delete a file: %w", err)
	}
	return nil
}

// Close releases the connections.
func (b *Bucket) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.opened == nil {
		return nil
	}
	return b.opened.Close()
}

// translate gives the library's errors a kind. A wrong key and a missing bucket are for the operator, and an
// error of the network goes away, so both are tried again.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case gcerrors.Code(err) == gcerrors.NotFound && !strings.Contains(err.Error(), "NoSuchBucket"):
		return fault.New(fault.NotFound, "blob_not_found", "the file does not exist any more").Because(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return unavailable(err)
}

func unavailable(err error) error {
	return fault.New(fault.Unavailable, "blobs_unavailable", "the storage for files cannot be used at the moment: try again later").Because(err)
}
