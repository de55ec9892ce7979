package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/evidence"
	"github.com/creditroll/creditroll/domain/fault"
)

// Files stores the files of evidence; blobs.Bucket is one.
type Files interface {
	// Write stores a file, in the place of one with the same key.
	Write(ctx context.Context, key, contentType string, content []byte) error
	// Read opens a file. It returns fault.NotFound if it does not exist.
	Read(ctx context.Context, key string) (io.ReadCloser, error)
	// Delete deletes a file, if it exists.
	Delete(ctx context.Context, key string) error
}

// ListEvidence lists what was added to a clip.
func (r *resources) ListEvidence(ctx context.Context, request openapi.ListEvidenceRequestObject) (openapi.ListEvidenceResponseObject, error) {
	if _, _, err := r.clipFor(ctx, access.EvidenceRead, request.ClipId); err != nil {
		return nil, err
	}
	pieces, err := r.store.Evidence.List(ctx, request.ClipId)
	return openapi.ListEvidence200JSONResponse{Items: each(pieces, evidenceOf)}, err
}

// AddEvidenceLink adds a link, which is never opened.
func (r *resources) AddEvidenceLink(ctx context.Context, request openapi.AddEvidenceLinkRequestObject) (openapi.AddEvidenceLinkResponseObject, error) {
	_, principal, err := r.clipFor(ctx, access.EvidenceAdd, request.ClipId)
	if err != nil {
		return nil, err
	}
	link, err := evidence.CheckLink(request.Body.Url)
	if err != nil {
		return nil, err
	}
	stored, err := r.store.Evidence.Add(ctx, evidence.Piece{
		ID: newID(ctx, request.Params.IdempotencyKey), ClipID: request.ClipId, Kind: evidence.Link, URL: link, AddedBy: principal.UserID, AddedAt: r.now(),
	})
	return openapi.AddEvidenceLink201JSONResponse(evidenceOf(stored)), err
}

// AddEvidenceFile records the file, stores it, and records that it is complete. A process that dies in between
// leaves a file that is not listed, and that the retention deletes. A repeated request with the same key
// completes it.
func (r *resources) AddEvidenceFile(ctx context.Context, request openapi.AddEvidenceFileRequestObject) (openapi.AddEvidenceFileResponseObject, error) {
	_, principal, err := r.clipFor(ctx, access.EvidenceAdd, request.ClipId)
	if err != nil {
		return nil, err
	}
	content, err := readContent(request.Body)
	if err != nil {
		return nil, err
	}
	kind, err := evidence.CheckFile(request.ContentType, content)
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(content)
	stored, err := r.store.Evidence.Add(ctx, evidence.Piece{
		ID: newID(ctx, request.Params.IdempotencyKey), ClipID: request.ClipId, Kind: evidence.File, ContentType: kind, SizeBytes: int64(len(content)),
		Digest: hex.EncodeToString(digest[:]), AddedBy: principal.UserID, AddedAt: r.now(),
	})
	if err == nil && !stored.Stored {
		err = r.storeFile(ctx, stored, content)
	}
	return openapi.AddEvidenceFile201JSONResponse(evidenceOf(stored)), err
}

func (r *resources) storeFile(ctx context.Context, piece evidence.Piece, content []byte) error {
	key := evidence.BlobKey(piece.ClipID, piece.ID)
	if err := r.files.Write(ctx, key, string(piece.ContentType), content); err != nil {
		return err
	}
	err := r.store.Evidence.Finish(ctx, piece.ID, r.now())
	if fault.Is(err, fault.Conflict) {
		// If this fails, the retention finds the file without its row.
		_ = r.files.Delete(context.WithoutCancel(ctx), key)
	}
	return err
}

// GetEvidenceFile sends a file as a download.
func (r *resources) GetEvidenceFile(ctx context.Context, request openapi.GetEvidenceFileRequestObject) (openapi.GetEvidenceFileResponseObject, error) {
	if _, _, err := r.clipFor(ctx, access.EvidenceRead, request.ClipId); err != nil {
		return nil, err
	}
	piece, err := r.store.Evidence.Get(ctx, request.ClipId, request.EvidenceId)
	if err != nil {
		return nil, err
	}
	if piece.Kind != evidence.File {
		return nil, fault.New(fault.Conflict, "evidence_is_a_link", "this piece of evidence is a link and has no file: read its url")
	}
	reader, err := r.files.Read(ctx, evidence.BlobKey(piece.ClipID, piece.ID))
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(reader, evidence.SizeMax+1))
	if closeErr := reader.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(content)
	if hex.EncodeToString(digest[:]) != piece.Digest {
		return nil, fmt.Errorf("the file of evidence %s has another content than was added", piece.ID)
	}
	return evidenceFile{piece, content}, nil
}

// evidenceFile is the answer with a file. A browser saves it, takes it for nothing but its type, and caches it only
// for the user.
type evidenceFile struct {
	piece   evidence.Piece
	content []byte
}

// VisitGetEvidenceFileResponse writes the file.
func (f evidenceFile) VisitGetEvidenceFileResponse(w http.ResponseWriter) error {
	header := w.Header()
	header.Set("Content-Type", string(f.piece.ContentType))
	header.Set("Content-Disposition", `attachment; filename="`+f.piece.FileName()+`"`)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "private, max-age=300")
	header.Set("Content-Length", strconv.Itoa(len(f.content)))
	w.WriteHeader(http.StatusOK)
	_, err := io.Copy(w, bytes.NewReader(f.content))
	return err
}

func evidenceOf(piece evidence.Piece) openapi.Evidence {
	return openapi.Evidence{
		Id: piece.ID, ClipId: piece.ClipID, Kind: openapi.EvidenceKind(piece.Kind), Url: text(piece.URL), ContentType: text(string(piece.ContentType)),
		SizeBytes: positive(piece.SizeBytes), Sha256: text(piece.Digest), AddedBy: piece.AddedBy, AddedAt: piece.AddedAt,
	}
}
