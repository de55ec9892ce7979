package blobs

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"github.com/creditroll/creditroll/domain/evidence"
)

// attributesSuffix ends the names of files in which other programs with the same library keep metadata. The library
// does not delete them by themselves.
const attributesSuffix = ".attrs"

// listFolder is List in a folder. The library reads the whole folder for each page. This reads only the folders in
// which the page is.
func listFolder(files fs.FS, prefix string, token []byte, size int) (page []evidence.Blob, next []byte, err error) {
	after := string(token)
	err = fs.WalkDir(files, path.Clean(path.Dir(prefix+"x")), func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // deleted since, or nothing was stored yet
		case err != nil:
			return err
		case entry.IsDir():
			return skipListed(name+"/", prefix, after)
		case !entry.Type().IsRegular(), name <= after, !strings.HasPrefix(name, prefix), strings.HasSuffix(name, attributesSuffix):
			return nil
		case len(page) == size:
			next = []byte(page[size-1].Key)
			return fs.SkipAll
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			page = append(page, evidence.Blob{Key: name, ModifiedAt: info.ModTime()})
		}
		return err
	})
	return page, next, err
}

// skipListed returns fs.SkipDir for a folder in which no file begins with prefix or comes after a key.
func skipListed(folder, prefix, after string) error {
	if folder == "./" {
		return nil
	}
	begins := strings.HasPrefix(folder, prefix) || strings.HasPrefix(prefix, folder)
	listed := folder < after && !strings.HasPrefix(after, folder)
	if !begins || listed {
		return fs.SkipDir
	}
	return nil
}
