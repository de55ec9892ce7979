package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/journal/transcript"
	"github.com/creditroll/creditroll/domain/fault"
)

func newExport() *cobra.Command {
	var format, output string
	command := &cobra.Command{
		Use: "export", Short: "Export the journal as JSON lines or CSV", Args: cobra.NoArgs,
		Long: "Exports every entry with its postings and the number of its seal, in the order of recording and from one snapshot. The last line proves that the file is complete and unchanged. `ledger import` replays the file into an empty ledger.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := transcript.ParseFormat(format)
			if err != nil {
				return err
			}
			return withBooks(cmd, func(store *books.Books) error {
				return toFile(cmd.OutOrStdout(), output, func(out io.Writer) error {
					writer := transcript.NewWriter(chosen, out)
					exported, err := store.Journal.Export(cmd.Context(), writer)
					if err != nil {
						return err
					}
					slog.Info("journal exported", "entries", exported.Entries, "format", chosen)
					return nil
				})
			})
		},
	}
	command.Flags().StringVar(&format, "format", string(transcript.JSONLines), "jsonl or csv")
	command.Flags().StringVar(&output, "output", "", "file to write; the default is standard output")
	return command
}

// toFile writes to standard output, or to a file that gets its name only when it is complete.
func toFile(stdout io.Writer, path string, write func(out io.Writer) error) error {
	if path == "" {
		return write(stdout)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".export-*")
	if err != nil {
		return unwritable(path, err)
	}
	defer func() { _ = os.Remove(file.Name()) }()
	if err := errors.Join(write(file), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return unwritable(path, err)
	}
	return nil
}

func unwritable(path string, err error) error {
	return fault.Field("output", "file_not_writable", "%s cannot be written", path).Because(err)
}

func newImport() *cobra.Command {
	var format string
	var asJSON bool
	command := &cobra.Command{
		Use: "import FILE", Short: "Replay an exported journal into an empty ledger", Args: cobra.ExactArgs(1),
		Long: "Replays a file of `ledger export` into a database that is migrated and has no entries. Ids, numbers and times stay the same, and the same blocks are sealed again. An incomplete or changed file is refused and leaves no entries: each entry is checked, and the last seal must be that of the exported ledger. DATABASE_URL must log in as the owner of the schema.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if format == "" {
				format = strings.TrimPrefix(filepath.Ext(args[0]), ".")
			}
			chosen, err := transcript.ParseFormat(format)
			if err != nil {
				return err
			}
			s, err := booksSettings()
			if err != nil {
				return err
			}
			file, err := os.Open(args[0])
			if err != nil {
				return fault.New(fault.NotFound, "file_not_found", "%s cannot be read", args[0]).Because(err)
			}
			defer func() { _ = file.Close() }()
			imported, err := journal.Import(cmd.Context(), s.DatabaseURL, transcript.NewReader(chosen, file))
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{"entries": imported.Entries, "postings": imported.Postings, "head": headOf(imported.Head)})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "replayed %d entries, %d postings; %s\n", imported.Entries, imported.Postings, describeHead(imported.Head))
			return err
		},
	}
	command.Flags().StringVar(&format, "format", "", "jsonl or csv; the default is the extension of the file name")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}
